/** The promise about the visitor's data as a badge, and behind it the evidence: counters, rules, and how to check them. */
import { css, html, nothing, type TemplateResult } from 'lit'
import type { Backend, Manifest } from '../../shared/api.js'
import type { Network } from '../network.js'
import { bytes } from './format.js'
import { chevron, shield, shieldOpen } from './icons.js'
import { browserFacts, documentPolicies, leaving, lines, plainRules } from './policy.js'
import { group } from './strings.js'
import { privacy as t, status } from './strings.gen.js'
import { plain } from './plain.js'

export const privacyStyles = css`
  .privacy { inline-size: 100%; margin-block-start: 0.375rem; }
  .privacy > summary {
    display: inline-flex; align-items: center; gap: 0.625rem; inline-size: fit-content; max-inline-size: 100%; min-block-size: 2.75rem;
    padding: 0.5rem 0.875rem; border-radius: 1.375rem; background: var(--accent-soft); color: var(--text);
    font-size: 0.9375rem; line-height: 1.35; cursor: pointer; list-style: none; transition: background-color 0.3s;
  }
  .privacy summary::-webkit-details-marker { display: none; }
  .privacy > summary > .icon:first-child { color: var(--accent); }
  .privacy.opening > summary { background: color-mix(in srgb, var(--text) 7%, transparent); }
  .privacy.opening > summary > .icon:first-child { color: var(--muted); }
  .privacy summary span { text-wrap: balance; }
  .privacy summary b { font-weight: 650; }
  @container (max-width: 40rem) { .privacy > summary b { display: block; } }
  .privacy .chevron { color: var(--muted); transition: transform 0.2s; }
  .privacy[open] > summary .chevron, .rules[open] > summary .chevron { transform: rotate(180deg); }
  .panel { margin-block-start: 0.75rem; overflow: hidden; font-size: 0.9375rem; line-height: 1.55; }
  .panel > * { padding: 1.25rem 1.5rem; }
  .panel > * + * { border-block-start: 1px solid var(--line); }
  .panel .small { font-size: 0.8125rem; }
  .counts { display: grid; gap: 1rem 1.5rem; background: color-mix(in srgb, var(--sunken) 55%, var(--surface)); }
  .counts dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(45%, 9rem), 1fr)); gap: 1rem 1.5rem; }
  .counts dl > div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
  .counts dt { color: var(--muted); font-size: 0.8125rem; line-height: 1.35; }
  .counts dd { font-size: 1.5rem; font-weight: 650; letter-spacing: -0.02em; line-height: 1.25; font-variant-numeric: tabular-nums; }
  .counts dd.bad { color: var(--danger); }
  .counts p { max-inline-size: 48rem; }
  .promise { columns: 2 19rem; column-gap: 2.5rem; padding-block-end: 0.125rem; }
  .promise > div { break-inside: avoid; padding-block-end: 1.125rem; }
  .promise dt, .panel h2 { font-weight: 650; font-size: 0.9375rem; margin-block-end: 0.25rem; }
  .promise dd { color: var(--muted); overflow-wrap: anywhere; }
  .promise ul { display: grid; gap: 0.25rem; }
  .promise p + ul { margin-block-start: 0.375rem; }
  .promise li { padding-inline-start: 0.875rem; position: relative; }
  .promise li::before { content: ''; position: absolute; inset-inline-start: 0; inset-block-start: 0.6em; inline-size: 5px; block-size: 5px; border-radius: 50%; background: var(--line-strong); }
  .rules { padding-block: 0.375rem; }
  .rules > summary { display: inline-flex; align-items: center; gap: 0.375rem; min-block-size: 2.75rem; cursor: pointer; list-style: none; }
  .rules .written { display: grid; gap: 1rem 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); padding-block: 0.25rem 1rem; }
  .rules h2 { font-size: 0.8125rem; color: var(--muted); }
  .rules pre {
    margin: 0.25rem 0 0; padding: 0.875rem 1rem; border-radius: var(--radius-small); background: var(--sunken); font-family: var(--mono); font-size: 0.8125rem;
    line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere;
  }
  .copy .row { margin-block-start: 0.75rem; }
`

export interface PrivacyView {
  manifest: Manifest | null
  backend: Backend | null
  network: Network | null
  /** The site's address. */
  site: string
  /** Whether this is the site's own page, whose rules hold; elsewhere the page around decides. */
  own: boolean
  failed: boolean
  open: boolean
  toggle: (event: Event) => void
  /** The panel's part about the offline copy and versions. */
  copy: TemplateResult | typeof nothing
}

function downloadText(manifest: Manifest | null, backend: Backend | null): string {
  const variant = manifest?.variants.find((each) => each.id === backend?.variant) ?? manifest?.variants[0]
  if (!variant) return t.sizeUnknown
  const model = variant.wireBytes + Object.values(manifest?.hooks == null ? (manifest?.models ?? {}) : {}).reduce((sum, { variants }) => sum + (variants[0]?.wireBytes ?? 0), 0)
  // Which of the engine's builds serves a graphics card is the browser's choice.
  const runtime = backend && backend.name !== 'wasm' ? undefined : manifest?.runtimes['wasm']
  if (!runtime) return t.sizeModel(bytes(model))
  return t.size(bytes(model + runtime.wireBytes), bytes(model), bytes(runtime.wireBytes))
}

function counters(network: Network): TemplateResult {
  if (!network.known) return html`<div class="counts"><p>${t.uncounted}</p></div>`
  const { received, answers, local, requests, sent, blocked } = network
  const count = (number: string, what: string, bad = false): TemplateResult => html`<div><dt>${what}</dt><dd class=${bad ? 'bad' : ''}>${number}</dd></div>`
  return html`<div class="counts"><dl aria-label=${t.counts}>
    ${count(bytes(received), t.received)}
    ${count(group(requests), t.requests, requests > 0)}
    ${count(sent === undefined ? t.unknown : group(sent), t.sent, sent === undefined)}
    ${count(group(blocked), t.blocked)}</dl>
    <p class="small muted">${t.answered(answers)} ${local ? `${t.answeredHere(local)} ` : ''}${t.counting}</p></div>`
}

const list = (items: readonly string[]): TemplateResult => html`<ul>${items.map((item) => html`<li>${plain(item, 600)}</li>`)}</ul>`

const entry = (term: string, text: string | TemplateResult): TemplateResult => html`<div><dt>${term}</dt><dd>${text}</dd></div>`

function whereItRuns(backend: Backend, own: boolean): TemplateResult {
  const where = `${status.backend[backend.name]}, ${plain(status.variant(backend.variant), 40)}`
  return html`<p>${own ? t.runsIn(where) : t.runsEmbedded(where)}</p>${backend.why.length ? list(backend.why) : nothing}`
}

function promises({ manifest, backend, site, own }: PrivacyView, policies: readonly string[]): TemplateResult {
  const host = URL.canParse(site) ? new URL(site).host : location.host
  const facts = browserFacts()
  return html`<dl class="promise">
    ${own ? entry(t.rules, list(plainRules(policies))) : entry(t.sentTitle, t.sentEmbedded)}
    ${own ? entry(t.leaving, t.leave[leaving(facts)]) : nothing}
    ${backend ? entry(t.runsOn, whereItRuns(backend, own)) : nothing}
    ${entry(t.isolation, facts.isolated ? t.isolated : t.notIsolated)}
    ${entry(t.downloaded, `${downloadText(manifest, backend)} ${t.origin(host)}`)}
    ${entry(t.check, own ? html`<ul><li>${t.checkOffline}</li><li>${t.checkTools}</li></ul>` : t.checkEmbedded)}
    ${entry(t.limits, t.limit)}
  </dl>`
}

function written(policies: readonly string[]): TemplateResult {
  return html`<details class="rules"><summary>${t.policy}${chevron}</summary><div class="written">${policies.map((policy, i) => html`
    <div><h2>${i === 0 ? t.policyFirst : t.policyAfter}</h2><pre>${lines(policy).join('\n')}</pre></div>`)}</div></details>`
}

function panel(view: PrivacyView): TemplateResult {
  const policies = view.own ? documentPolicies() : []
  return html`<div class="panel card">
    ${view.own && view.network ? counters(view.network) : nothing}
    ${promises(view, policies)}
    ${policies.length ? written(policies) : nothing}
    ${view.copy}
  </div>`
}

/** The claim goes as far as the browser's rules do, no further. */
function badge({ own, network, failed }: PrivacyView): [look: string, strong: string, rest: string] {
  if (!own || !network || (failed && network.sealedAt === undefined)) return ['', t.badge, t.badgeRest]
  if (network.sealedAt === undefined) return ['opening', t.badge, t.loadingRest]
  if (network.requests > 0) return ['opening', t.badge, t.reached]
  return ['', t.private, leaving(browserFacts()) === 'refused' ? t.closedRest : t.closedLess]
}

/** The panel is made only once it is opened: its counters follow every request. */
export function privacy(view: PrivacyView): TemplateResult {
  const [look, strong, rest] = badge(view)
  return html`<details class="privacy ${look}" @toggle=${view.toggle}>
    <summary>${look === 'opening' ? shieldOpen : shield}<span><b>${strong}</b> ${rest}</span>${chevron}</summary>
    ${view.open ? panel(view) : nothing}
  </details>`
}
