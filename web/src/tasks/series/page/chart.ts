/** A series as a chart: what was measured, what was expected, the alarm's threshold and where it was passed. */
import { css, html, nothing, svg, type TemplateResult } from 'lit'
import type { Alarm } from '../../../shared/api.js'
import { value } from '../../../page/ui/format.js'

export const chartStyles = css`
  .chart { display: grid; gap: 0.25rem; grid-template-columns: minmax(0, 1fr); }
  .chart figcaption { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: baseline; font-size: 0.8125rem; color: var(--muted); }
  .chart figcaption strong { color: var(--text); font-weight: 600; }
  .key::before { content: ''; display: inline-block; inline-size: 1.25rem; block-size: 0; border-block-start: 2px solid var(--line-strong); margin-inline-end: 0.375rem; vertical-align: 0.25em; }
  .key.expected::before { border-color: var(--accent); border-block-start-style: dashed; }
  .frame, .axis { direction: ltr; }
  .frame { position: relative; background: var(--sunken); border-radius: var(--radius-small); overflow: hidden; }
  .frame svg { display: block; inline-size: 100%; block-size: clamp(9rem, 26cqi, 15rem); }
  .frame.low svg { block-size: 6rem; }
  .frame span { position: absolute; inset-inline-start: 0.5rem; padding-inline: 0.25rem; margin-inline: -0.25rem; border-radius: 4px; background: color-mix(in srgb, var(--sunken) 80%, transparent); font-size: 0.75rem; color: var(--muted); font-variant-numeric: tabular-nums; pointer-events: none; }
  .frame .high { inset-block-start: 0.25rem; }
  .frame .lowest { inset-block-end: 0.25rem; }
  .chart polyline { fill: none; stroke-width: 1.5px; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke: var(--line-strong); }
  .chart polyline.expected { stroke: var(--accent); stroke-dasharray: 5 3; stroke-width: 2px; }
  .chart polyline.score { stroke: var(--accent); }
  .chart .future { fill: var(--accent); fill-opacity: 0.07; }
  .chart .alarm { fill: var(--danger); fill-opacity: 0.16; }
  .chart .limit { stroke: var(--danger); stroke-width: 1.5px; stroke-dasharray: 2 3; vector-effect: non-scaling-stroke; }
  .axis { display: flex; justify-content: space-between; font-size: 0.75rem; color: var(--muted); font-variant-numeric: tabular-nums; padding-inline: 0.5rem; gap: 1rem; }
`

const WIDTH = 600
const HEIGHT = 200
/** More points than this are not to be told apart. */
const POINTS = 1200

export interface Line {
  /** The row of the first value. */
  start: number
  values: readonly number[]
  kind: '' | 'expected' | 'score'
}

export interface Chart {
  title: string
  label: string
  keys: readonly { text: string; expected: boolean }[]
  lines: readonly Line[]
  /** The rows from the left to the right edge, of which those from `known` on are still to come. */
  from: number
  to: number
  known: number
  limit: number | null
  alarms: readonly Alarm[]
  low: boolean
}

export function chart({ title, label, keys, lines, from, to, known, limit, alarms, low }: Chart): TemplateResult {
  const span = Math.max(1, to - from)
  const x = (row: number): number => ((row - from) / span) * WIDTH
  const all = lines.flatMap(({ values }) => extremes(values))
  if (limit !== null) all.push(limit)
  let [least, most] = [all.reduce((a, b) => Math.min(a, b), Infinity), all.reduce((a, b) => Math.max(a, b), -Infinity)]
  if (!(least <= most)) [least, most] = [0, 1]
  if (low) least = Math.min(0, least)
  const room = (most - least || Math.abs(most) || 1) * 0.06
  const y = (value: number): number => HEIGHT - ((value - least + room) / (most - least + 2 * room)) * HEIGHT
  const line = ({ start, values, kind }: Line): TemplateResult => svg`<polyline class=${kind} points=${thinned(values).map(([i, value]) => `${x(start + i + 0.5).toFixed(2)},${y(value).toFixed(2)}`).join(' ')}></polyline>`
  return html`<figure class="chart"><figcaption><strong>${title}</strong>${keys.map(({ text, expected }) => html`<span class="key ${expected ? 'expected' : ''}">${text}</span>`)}</figcaption>
    <div class="frame ${low ? 'low' : ''}"><svg role="img" aria-label=${label} viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
      ${known < to ? svg`<rect class="future" x=${x(known)} y="0" width=${WIDTH - x(known)} height=${HEIGHT}></rect>` : nothing}
      ${alarms.filter(({ end }) => end >= from).slice(-POINTS).map(({ start, end }) => svg`<rect class="alarm" x=${x(Math.max(from, start))} y="0" width=${Math.max(1.5, x(end + 1) - x(Math.max(from, start)))} height=${HEIGHT}></rect>`)}
      ${lines.map(line)}
      ${limit === null ? nothing : svg`<line class="limit" x1="0" x2=${WIDTH} y1=${y(limit)} y2=${y(limit)}></line>`}</svg>
      <span class="high" aria-hidden="true">${value(short(most))}</span><span class="lowest" aria-hidden="true">${value(short(least))}</span></div></figure>`
}

export const short = (found: number): number => Number(found.toPrecision(4))

function extremes(values: readonly number[]): number[] {
  const known = values.filter(Number.isFinite)
  return known.length ? [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))] : []
}

/** Of each stretch that shares a column the least and the greatest value, in their order. */
function thinned(values: readonly number[]): [index: number, value: number][] {
  const each = Math.ceil(values.length / (POINTS / 2))
  const found: [number, number][] = []
  for (let from = 0; from < values.length; from += Math.max(1, each)) {
    let [low, high] = [from, from]
    for (let i = from; i < Math.min(values.length, from + Math.max(1, each)); i++) {
      if ((values[i] ?? 0) < (values[low] ?? 0)) low = i
      if ((values[i] ?? 0) > (values[high] ?? 0)) high = i
    }
    for (const i of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) if (Number.isFinite(values[i])) found.push([i, values[i] as number])
  }
  return found
}
