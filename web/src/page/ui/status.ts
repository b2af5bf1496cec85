/** The strip under the header: the download in bytes, then what the model runs on and how fast. Its height never changes. */
import { css, html, nothing, type TemplateResult } from 'lit'
import type { Backend, Progress } from '../../shared/api.js'
import { megabytes, median, milliseconds } from './format.js'
import { check } from './icons.js'
import { problem, told } from './problem.js'
import type { Failure } from './session.js'
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
  .facts { display: flex; flex-wrap: wrap; gap: 0.25rem 1.375rem; }
  .facts dt:not(.visually-hidden), .facts dd { display: inline; }
  .facts dd, .facts .checked { color: var(--text); font-variant-numeric: tabular-nums; }
  .facts .draft dd { font-weight: 550; }
  .facts .checked .icon { color: var(--accent); vertical-align: -0.3em; margin-inline-end: 0.125rem; }
  @container (max-width: 40rem) { .status { min-block-size: 4.25rem; } }
  @container (max-width: 30rem) { .status { min-block-size: 5.5rem; } }
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

const fact = (term: string, text: string): TemplateResult => html`<div><dt>${term}</dt> <dd>${text}</dd></div>`

/** What becomes of a draft. */
export interface Upgrade {
  state: 'coming' | 'done' | 'failed'
  progress?: Progress
  failure?: Failure
}

/** Which of the two answers. */
function answeredBy({ state, progress, failure }: Upgrade): TemplateResult {
  if (state === 'done') return fact(t.answers, t.whole)
  if (state === 'failed') return html`<div class="draft"><dt>${t.answers}</dt> <dd title=${told(failure?.message ?? '')}>${t.draftStays}</dd></div>`
  const percent = progress && progress.total > 0 ? Math.floor((100 * progress.loaded) / progress.total) : 0
  return html`<div class="draft" title=${t.draftWhy}><dt>${t.answers}</dt> <dd>${t.draft(percent)}</dd></div>`
}

function facts(backend: Backend, lossy: boolean, times: readonly number[], upgrade: Upgrade | null): TemplateResult {
  const last = times.at(-1)
  const parts = [t.backend[backend.name], backend.name === 'wasm' ? t.threads(backend.threads) : '']
  return html`<dl class="facts">
    ${fact(t.runsOn, parts.filter(Boolean).join(' · '))}
    <div><dt class="visually-hidden">${t.label}</dt>${backend.parity === 'passed'
      ? html`<dd class="checked" title=${t.parityWhy}>${check}${lossy || backend.draft ? t.parityNearly : t.parity}</dd>` : html`<dd>${t.noParity}</dd>`}</div>
    ${upgrade ? answeredBy(upgrade) : nothing}
    ${last === undefined ? nothing : fact(t.last, milliseconds(last))}
    ${times.length < 2 ? nothing : fact(t.median(times.length), milliseconds(median(times)))}
  </dl>`
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
  /** Shown beside "Try again". */
  back: TemplateResult | typeof nothing
}

export function status({ progress, backend, lossy, times, upgrade, failure, retry, back }: StatusView): TemplateResult {
  const again = html`<div class="row"><button class="button" type="button" @click=${retry}>${common.retry}</button>${back}</div>`
  return html`<div class="status">
    ${failure ? problem(failure, again) : backend ? facts(backend, lossy, times, upgrade) : loading(progress)}
    <p class="visually-hidden" role="status">${failure ? '' : upgrade && backend ? t.upgraded[upgrade.state] : announcement(backend ? { phase: 'ready', loaded: 0, total: 0 } : progress)}</p>
  </div>`
}
