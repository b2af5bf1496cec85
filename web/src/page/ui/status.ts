/** The strip under the header: the download in bytes, then one line on how things are; what developers ask is behind a fold. */
import { css, html, nothing, type TemplateResult } from 'lit'
import type { Backend, Progress } from '../../shared/api.js'
import { megabytes, median, milliseconds, seconds } from './format.js'
import { check, chevron } from './icons.js'
import { problem, told } from './problem.js'
import type { Failure } from './session.js'
import { plain } from './plain.js'
import { common, status as t } from './strings.gen.js'

export const statusStyles = css`
  .status { min-block-size: 3.25rem; display: grid; align-content: center; font-size: 0.875rem; line-height: 1.4; color: var(--muted); }
  .loading { display: grid; gap: 0.5rem; }
  .loading .line { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; font-variant-numeric: tabular-nums; }
  .loading strong { color: var(--text); font-weight: 550; }
  progress {
    appearance: none; display: block; inline-size: 100%; block-size: 6px; border: 0; border-radius: 3px; overflow: hidden;
    background: color-mix(in srgb, var(--text) 11%, transparent); color: var(--accent);
  }
  progress::-webkit-progress-bar { background: transparent; }
  progress::-webkit-progress-value { background: var(--accent); border-radius: 3px; transition: inline-size 0.2s linear; }
  progress::-moz-progress-bar { background: var(--accent); border-radius: 3px; }
  progress:indeterminate { background: linear-gradient(90deg, transparent, var(--accent), transparent) 0 / 40% 100% no-repeat color-mix(in srgb, var(--text) 11%, transparent); animation: slide 1.4s ease-in-out infinite; }
  @keyframes slide { from { background-position: -70% 0; } to { background-position: 170% 0; } }
  .ready > summary { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1.25rem; inline-size: fit-content; max-inline-size: 100%; min-block-size: 2.75rem; cursor: pointer; list-style: none; font-variant-numeric: tabular-nums; }
  .ready > summary::-webkit-details-marker { display: none; }
  .ready .checked { color: var(--text); }
  .ready .checked .icon { color: var(--accent); vertical-align: -0.3em; margin-inline-end: 0.125rem; }
  .ready .draft { font-weight: 550; color: var(--text); }
  .ready .more { display: inline-flex; align-items: center; gap: 0.125rem; }
  .ready > summary:hover .more { color: var(--text); }
  .ready .chevron { inline-size: 1.125rem; block-size: 1.125rem; transition: transform 0.2s; }
  .ready[open] > summary .chevron { transform: rotate(180deg); }
  .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 0.875rem 1.5rem; padding: 1rem 1.25rem; margin-block: 0.25rem 0.5rem; }
  .facts dd { color: var(--text); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
  .facts .wide { grid-column: 1 / -1; }
  .facts p { margin-block-start: 0.125rem; max-inline-size: 46rem; color: var(--muted); }
  @container (max-width: 30rem) { .status { min-block-size: 3.75rem; } }
  .status .problem { padding: 1rem 1.25rem; }
  .status .problem .row { margin-block-start: 0.75rem; }
`

function loadText(progress: Progress | null): string {
  if (!progress) return t.connecting
  if (progress.phase === 'start') return t.start
  if (progress.phase === 'verify') return t.verify
  if (progress.total <= 0) return t.downloadUnknown(megabytes(progress.loaded))
  return t.download(megabytes(progress.loaded), megabytes(progress.total))
}

/** Quarters of the download and each later phase are announced; every chunk would talk over the visitor. */
export function announcement(progress: Progress | null): string {
  if (!progress) return ''
  if (progress.phase !== 'download') return progress.phase === 'ready' ? t.ready : loadText(progress)
  const quarter = progress.total > 0 ? Math.floor((progress.loaded / progress.total) * 4) * 25 : 0
  return quarter > 0 ? t.announce(Math.min(100, quarter)) : ''
}

function loading(progress: Progress | null): TemplateResult {
  const known = progress?.phase === 'download' && progress.total > 0
  const bar = known
    ? html`<progress aria-label=${t.label} max=${progress.total} .value=${Math.min(progress.loaded, progress.total)}></progress>`
    : html`<progress aria-label=${t.label}></progress>`
  return html`<div class="loading"><div class="line"><strong>${loadText(progress)}</strong><span>${t.useNow}</span></div>${bar}</div>`
}

const fact = (term: string, text: string): TemplateResult => html`<div><dt>${term}</dt><dd>${text}</dd></div>`

/** What becomes of a draft. */
export interface Upgrade {
  state: 'coming' | 'done' | 'failed'
  progress?: Progress
  failure?: Failure
}

/** Which of the two answers. */
function answeredBy({ state, progress, failure }: Upgrade): TemplateResult {
  const said = (text: string, why: string): TemplateResult => html`<span title=${why}>${t.answers} <b class="draft">${text}</b></span>`
  if (state === 'done') return said(t.whole, '')
  if (state === 'failed') return said(t.draftStays, told(failure?.message ?? ''))
  const percent = progress && progress.total > 0 ? Math.floor((100 * progress.loaded) / progress.total) : 0
  return said(t.draft(percent), t.draftWhy)
}

/** In tenths of a second: below that nobody waits. */
const QUICK_MS = 100

const answeredIn = (last: number): string => (last < QUICK_MS ? t.quick(seconds(QUICK_MS / 1000)) : t.answered(seconds(last / 1000)))

function facts({ lossy, times }: StatusView, backend: Backend): TemplateResult {
  const last = times.at(-1)
  const where = [t.backend[backend.name], backend.name === 'wasm' ? t.threads(backend.threads) : '']
  const numbers = backend.parity !== 'passed' ? t.noParity : lossy || backend.draft ? t.parityNearly : t.parity
  return html`<dl class="facts card">
    <div class="wide"><dt>${t.check}</dt><dd>${numbers}${backend.parity === 'passed' ? html`<p>${t.parityWhy}</p>` : nothing}</dd></div>
    ${fact(t.runsOn, where.filter(Boolean).join(' · '))}
    ${fact(t.form, plain(backend.variant, 40))}
    ${last === undefined ? nothing : fact(t.last, milliseconds(last))}
    ${times.length < 2 ? nothing : fact(t.median(times.length), milliseconds(median(times)))}
  </dl>`
}

/** What a visitor asks, in one line; the fold is filled when it is opened. */
function ready(view: StatusView, backend: Backend): TemplateResult {
  const last = view.times.at(-1)
  return html`<details class="ready" @toggle=${view.toggle}>
    <summary>${backend.parity === 'passed' ? html`<span class="checked">${check}${t.checked}</span>` : html`<span>${t.readyOnly}</span>`}
      ${view.upgrade ? answeredBy(view.upgrade) : nothing}
      ${last === undefined ? nothing : html`<span>${answeredIn(last)}</span>`}
      <span class="more">${t.details}${chevron}</span></summary>
    ${view.open ? facts(view, backend) : nothing}
  </details>`
}

export interface StatusView {
  progress: Progress | null
  backend: Backend | null
  /** Whether the form that answers gives the original's numbers only nearly. */
  lossy: boolean
  times: readonly number[]
  upgrade: Upgrade | null
  failure: Failure | null
  retry: () => void
  /** Whether the fold is open. */
  open: boolean
  toggle: (event: Event) => void
  /** Shown beside "Try again". */
  back: TemplateResult | typeof nothing
}

export function status(view: StatusView): TemplateResult {
  const { progress, backend, upgrade, failure, retry, back } = view
  const again = html`<div class="row"><button class="button" type="button" @click=${retry}>${common.retry}</button>${back}</div>`
  return html`<div class="status">
    ${failure ? problem(failure, again) : backend ? ready(view, backend) : loading(progress)}
    <p class="visually-hidden" role="status">${failure ? '' : upgrade && backend ? t.upgraded[upgrade.state] : announcement(backend ? { phase: 'ready', loaded: 0, total: 0 } : progress)}</p>
  </div>`
}
