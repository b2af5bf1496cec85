/** The top of the page: what this is, and the promise about the visitor's data with its fine print. */
import { css, html, type TemplateResult } from 'lit'
import type { Backend, Manifest } from '../../shared/api.js'
import { bytes } from './format.js'
import { chevron, shield } from './icons.js'
import { strings } from './strings.js'
import { plain } from './text.js'

const { privacy: t, tagline } = strings

export const headerStyles = css`
  .header { display: grid; gap: 0.625rem; justify-items: start; }
  h1 {
    margin: 0; font-size: clamp(1.75rem, 1.2rem + 2.4cqi, 2.75rem); font-weight: 700; letter-spacing: -0.03em; line-height: 1.08;
    overflow-wrap: anywhere; text-wrap: balance; max-inline-size: 100%; min-block-size: 1.08em;
    display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; padding-block-end: 0.08em;
  }
  .tagline { color: var(--muted); font-size: 1.0625rem; line-height: 1.5; max-inline-size: 46rem; min-block-size: 1.5em; text-wrap: pretty; }
  .privacy { inline-size: 100%; margin-block-start: 0.375rem; }
  .privacy summary {
    display: inline-flex; align-items: center; gap: 0.625rem; inline-size: fit-content; max-inline-size: 100%; min-block-size: 2.75rem;
    padding: 0.5rem 0.875rem; border-radius: 1.375rem; background: var(--accent-soft); color: var(--text);
    font-size: 0.9375rem; line-height: 1.35; cursor: pointer; list-style: none;
  }
  .privacy summary::-webkit-details-marker { display: none; }
  .privacy summary > .icon:first-child { color: var(--accent); }
  .privacy summary b { font-weight: 650; }
  .privacy .chevron { color: var(--muted); transition: transform 0.2s; }
  .privacy[open] .chevron { transform: rotate(180deg); }
  .promise { display: grid; gap: 1.25rem 2.5rem; padding: 1.5rem; margin-block-start: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
  .promise dt { font-weight: 650; font-size: 0.9375rem; margin-block-end: 0.25rem; }
  .promise dd { color: var(--muted); font-size: 0.9375rem; line-height: 1.55; overflow-wrap: anywhere; }
`

/** What the page does, in one line. */
export function purpose(manifest: Manifest | null): string {
  if (!manifest) return tagline.loading
  const columns = manifest.tabular?.columns.length ?? 0
  if (manifest.task === 'image-classification' && manifest.image) return tagline.image(manifest.labels?.length ?? 0)
  if (manifest.task === 'tabular-classification' && columns) return tagline.classification(columns)
  if (manifest.task === 'tabular-regression' && columns) return tagline.regression(columns)
  return tagline.tensors(manifest.inputs.length)
}

function downloadText(manifest: Manifest | null, backend: Backend | null): string {
  const variant = manifest?.variants.find((each) => each.id === backend?.variant) ?? manifest?.variants[0]
  const runtimes = manifest?.runtimes ?? {}
  const runtime = runtimes[backend?.name ?? ''] ?? Object.values(runtimes)[0]
  if (!variant || !runtime) return t.sizeUnknown
  return t.size(bytes(variant.wireBytes + runtime.wireBytes), bytes(variant.wireBytes), bytes(runtime.wireBytes))
}

function promise(term: string, text: string): TemplateResult {
  return html`<div><dt>${term}</dt><dd>${text}</dd></div>`
}

/** `own`: this is the site's own page, whose headers forbid other connections; elsewhere the page around it decides. */
export function header(manifest: Manifest | null, backend: Backend | null, base: string, own: boolean): TemplateResult {
  const host = URL.canParse(base) ? new URL(base).host : location.host
  return html`<div class="header">
    <h1 aria-level=${own ? 1 : 2}>${manifest ? html`<bdi>${plain(manifest.title || manifest.name)}</bdi>` : html`<span class="visually-hidden">${strings.status.connecting}</span>`}</h1>
    <p class="tagline">${purpose(manifest)}</p>
    <details class="privacy">
      <summary>${shield}<span><b>${t.badge}</b> ${t.badgeRest}</span>${chevron}</summary>
      <dl class="promise card">
        ${promise(t.downloaded, downloadText(manifest, backend))}
        ${promise(t.from, t.origin(host))}
        ${promise(t.sent, own ? t.sentNothing : t.sentEmbedded)}
        ${promise(t.check, t.checkHow)}
        ${promise(t.limits, t.limit)}
      </dl>
    </details>
  </div>`
}
