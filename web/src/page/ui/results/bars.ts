/** A classification as a winner and bars: shared by pictures and tables. */
import { css, html, nothing, type TemplateResult } from 'lit'
import type { LabelScore } from '../../../shared/api.js'
import type { Scoring } from '../claims.js'
import { cssVar } from '../css-var.js'
import { areShares, percent, value } from '../format.js'
import { common, results as t } from '../strings.gen.js'
import { name, plain } from '../plain.js'

const TOP = 5
/** More bars than this slow the page down and nobody reads them; the download has all. */
const MOST = 1000

export const barStyles = css`
  .winner { display: grid; gap: 0.125rem; padding-block-end: 1.125rem; }
  .winner .name {
    font-size: clamp(1.5rem, 1.1rem + 1.6cqi, 2.125rem); font-weight: 680; letter-spacing: -0.02em; line-height: 1.15;
    display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; padding-inline: 0.1em; margin-inline: -0.1em;
  }
  .winner .sure { color: var(--muted); font-size: 1rem; font-variant-numeric: tabular-nums; }
  .bars { display: grid; gap: 0.75rem; }
  .bars.all { max-block-size: 26rem; overflow-y: auto; padding-inline-end: 0.75rem; margin-inline-end: -0.75rem; scrollbar-width: thin; }
  .bar { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.25rem 1rem; font-size: 0.9375rem; }
  .bar .name { overflow: hidden; padding-inline-start: 0.15em; margin-inline-start: -0.15em; white-space: nowrap; text-overflow: ellipsis; }
  .bar .figure { font-variant-numeric: tabular-nums; color: var(--muted); }
  .bar i { grid-column: 1 / -1; block-size: 6px; border-radius: 3px; background: var(--sunken); overflow: hidden; }
  .bar i::after {
    content: ''; display: block; block-size: 100%; border-radius: 3px; background: var(--line-strong);
    inline-size: max(calc(var(--share, 0) * 100%), 3px); transition: inline-size 0.35s cubic-bezier(0.2, 0.7, 0.2, 1);
  }
  .bar:first-child .name { font-weight: 600; }
  .bar:first-child .figure { color: var(--text); font-weight: 600; }
  .bar:first-child i::after { background: var(--accent); }
`

interface Ranking {
  labels: LabelScore[]
  /** null: its order is all that is known of a score. */
  figure: ((score: number) => string) | null
  share: (score: number) => number
}

const isShare = ({ score }: LabelScore): boolean => score >= -1e-6 && score <= 1 + 1e-6

/** Best first, and how to read the scores; those that are told as they look are percentages when they add up to one. */
export function rank(found: readonly LabelScore[], scoring: Scoring = 'told'): Ranking {
  const labels = [...found].sort((a, b) => (b.score > a.score ? 1 : b.score < a.score ? -1 : 0))
  if (scoring === 'shares' || scoring === 'each' ? found.every(isShare) : scoring === 'told' && areShares(found)) return { labels, figure: percent, share: (score) => Math.min(1, Math.max(0, score)) }
  const [best, worst] = [labels[0]?.score ?? 0, labels.at(-1)?.score ?? 0]
  const [low, high] = [Math.min(0, worst), scoring === 'order' ? best : Math.max(0, best)]
  const share = (score: number): number => (high > low ? (score - low) / (high - low) : 0)
  return { labels, figure: scoring === 'order' ? null : value, share }
}

/** A model that names its choice and nothing else does not say how sure it is. */
function isBare(labels: readonly LabelScore[]): boolean {
  return labels.length === 1 && Number.isNaN(labels[0]?.score)
}

/** "seven, 98.2%": the outcome in one breath, for the live region and for lists. */
export function spoken(found: readonly LabelScore[], scoring?: Scoring): string {
  const { labels, figure } = rank(found, scoring)
  const best = labels[0]
  if (best === undefined) return ''
  return isBare(labels) || !figure ? plain(best.label) : `${plain(best.label)}, ${figure(best.score)}`
}

function bar({ label, score }: LabelScore, { figure, share }: Ranking): TemplateResult {
  const part = share(score)
  return html`<li class="bar">
    ${name(label)}<span class="figure">${figure?.(score)}</span>
    <i aria-hidden="true" ${cssVar('--share', String(Number.isFinite(part) ? part : 0))}></i>
  </li>`
}

/** The winner in large letters, the best five as bars, and the rest behind a button. */
export function classification(found: readonly LabelScore[], all: boolean, toggle: () => void, scoring?: Scoring): TemplateResult {
  const ranking = rank(found, scoring)
  const { labels, figure } = ranking
  const best = labels[0]
  if (!best) return html`<p class="muted">${common.empty}</p>`
  const shown = labels.slice(0, all ? MOST : TOP)
  const sure = figure === percent ? t.confidence(figure(best.score)) : t.score(figure?.(best.score) ?? '')
  const more = labels.length > MOST ? t.first(MOST) : t.all(labels.length)
  return html`
    ${scoring === 'each' ? nothing : html`<div class="winner">${name(best.label)}${isBare(labels) || !figure ? nothing : html`<span class="sure">${sure}</span>`}</div>`}
    ${labels.length > 1 ? html`<ol class="bars ${all ? 'all' : ''}" tabindex=${all ? '0' : nothing} aria-label=${all ? common.result : nothing}>
      ${shown.map((each) => bar(each, ranking))}</ol>` : nothing}
    ${labels.length > TOP ? html`<button class="button quiet more" type="button" aria-expanded=${all} @click=${toggle}>
      ${all ? t.fewer : more}</button>` : nothing}`
}

