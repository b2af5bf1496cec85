/** The top of the page: what this is, and room for the promise about the visitor's data. */
import { css, html, type TemplateResult } from 'lit'
import type { Manifest } from '../../shared/api.js'
import { status } from './strings.gen.js'
import { plain } from './plain.js'

export const headerStyles = css`
  .header { display: grid; gap: 0.625rem; justify-items: start; }
  h1 {
    margin: 0; font-size: clamp(1.75rem, 1.2rem + 2.4cqi, 2.75rem); font-weight: 700; letter-spacing: -0.03em; line-height: 1.08;
    overflow-wrap: anywhere; text-wrap: balance; max-inline-size: 100%; min-block-size: 1.08em;
    display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; padding-block-end: 0.08em;
  }
  .tagline { color: var(--muted); font-size: 1.0625rem; line-height: 1.5; max-inline-size: 46rem; min-block-size: 1.5em; text-wrap: pretty; }
`

/** Where nothing says how many there are, the sentence for one: it names no number. */
export const counted = (line: string | ((n: number) => string), n: number): string => (typeof line === 'string' ? line : line(Math.max(1, n)))

/** `purpose`: what the page does, in one line; `below` stands under it: the promise and its panel. */
export function header(manifest: Manifest | null, purpose: string, own: boolean, below: TemplateResult): TemplateResult {
  return html`<div class="header">
    <h1 aria-level=${own ? 1 : 2}>${manifest ? html`<bdi>${plain(manifest.title || manifest.name)}</bdi>` : html`<span class="visually-hidden">${status.connecting}</span>`}</h1>
    <p class="tagline">${purpose}</p>
    ${below}
  </div>`
}
