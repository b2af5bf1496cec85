/** What was heard: bars and a timeline, marked parts with a threshold to move, notes, or a new sound. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Manifest, PredictInput, Result, Segment, Sound } from '../../../shared/api.js'
import { partsOf, RELEASE } from '../../../shared/segments.js'
import { found, scoring } from '../../../page/ui/claims.js'
import { classification, spoken } from '../../../page/ui/results/bars.js'
import { seconds, value } from '../../../page/ui/format.js'
import { plain } from '../../../page/ui/plain.js'
import { ended } from '../../../page/ui/slide.js'
import { audio as t } from '../../../page/ui/strings.gen.js'

export interface Shown {
  manifest: Manifest
  result: Result | null
  /** The sound that the result is about, as a file or as samples from second `offset` on. */
  input: PredictInput | null
  heard: Sound | null
  offset: number
  live: boolean
  threshold: number | null
  all: boolean
  toggle: () => void
  setThreshold: (value: number) => void
}

/** The curve's parts by the threshold that the visitor has set. */
export function partsAt(result: Result, { audio, labels }: Manifest, threshold: number | null): Segment[] {
  if (result.task !== 'segments' || !result.curve || !result.step || (audio?.result !== 'activity' && audio?.result !== 'anomaly')) return result.task === 'segments' || result.task === 'classification' ? result.segments ?? [] : []
  if (threshold === null) return []
  const anomaly = audio.result === 'anomaly'
  return partsOf(result.curve, {
    step: result.step, start: result.start ?? 0, threshold, release: anomaly ? threshold : threshold - RELEASE, least: audio.least ?? 0, gap: audio.gap ?? 0,
    label: labels?.[0] ?? (anomaly ? 'anomaly' : 'speech'), score: anomaly ? 'max' : 'mean',
  })
}

export function answer(shown: Shown): TemplateResult {
  const { manifest, result, all, toggle } = shown
  const kind = manifest.audio?.result
  if (result?.task === 'transcript') return html`<edgeweb-transcript .text=${result.text} .segments=${result.segments} .plays=${!shown.live} .name=${plain(manifest.name, 60)}></edgeweb-transcript>`
  if (result?.task === 'classification') {
    const bars = html`<div>${result.labels.length ? classification(result.labels, all, toggle, scoring(manifest)) : html`<p class="muted">${t.silence}</p>`}</div>`
    // The visitor's own labels are of the whole sound.
    return html`${kind === 'matching' ? bars : html`<div class="told two">${bars}<div>${timeline(shown, result.segments ?? [], [], 0, 0)}</div></div>`}
      ${result.truncated ? html`<p class="muted small">${t.cut(seconds((manifest.audio?.whole?.most ?? 0) / (manifest.audio?.rate ?? 1)))}</p>` : nothing}`
  }
  if (result?.task !== 'segments') return html`<div class="told">${timeline(shown, [], [], 0, 0)}</div>`
  const parts = partsAt(result, manifest, shown.threshold)
  return html`<div class="told">${timeline(shown, parts, result.curve ?? [], result.step ?? 0, result.start ?? 0)}
    ${(kind === 'activity' || kind === 'anomaly') ? limit(shown, result.curve ?? []) : nothing}</div>`
}

function timeline({ input, heard, offset, live, threshold, manifest }: Shown, parts: readonly Segment[], curve: readonly number[], step: number, start: number): TemplateResult {
  const { result } = manifest.audio ?? {}
  const line = result === 'activity' || result === 'anomaly' ? threshold : null
  const top = result === 'anomaly' || result === 'pitch' ? Math.max(line ?? 0, 1e-9) : 1
  return html`<edgeweb-timeline .input=${input} .heard=${heard} .offset=${offset} .start=${start} .segments=${parts} .curve=${curve} .step=${step} .threshold=${line} .top=${top} .live=${live} .scoring=${found(manifest)}></edgeweb-timeline>`
}

function limit({ threshold, setThreshold, manifest }: Shown, curve: readonly number[]): TemplateResult {
  const shares = manifest.audio?.result === 'activity'
  const most = shares ? 1 : curve.reduce((a, b) => Math.max(a, b), (threshold ?? 0) * 1.25) || 1
  const change = (event: Event): void => setThreshold(Number((event.currentTarget as HTMLInputElement).value))
  return html`<div class="limit"><label for="threshold">${t.threshold}</label>
    ${ended(html`<input id="threshold" type="range" min="0" max=${most} step=${most / 100} .value=${String(threshold ?? most)} @input=${change}>`, value(0), value(Number(most.toPrecision(3))))}<output for="threshold">${threshold === null ? '–' : value(Number(threshold.toPrecision(3)))}</output>
    ${threshold === null ? html`<p class="muted small">${t.noThreshold}</p>` : nothing}</div>`
}

/** The outcome in one breath, for who hears the page. */
export function said(result: Result, parts: readonly Segment[], manifest: Manifest): string {
  if (result.task === 'classification') return result.labels.length ? spoken(result.labels, scoring(manifest)) : ''
  if (result.task === 'transcript') return result.text || t.noWords
  if (result.task === 'audio') return t.done(seconds(result.samples.length / result.rate))
  return manifest.audio?.result === 'notes' ? t.notes(parts.length) : t.parts(parts.length)
}

/** What was found as a table, for a file. */
export function table(parts: readonly Segment[]): string {
  const cell = (text: string): string => (/[",\n]|^[=+@-]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return ['start,end,label,score', ...parts.map(({ start, end, label, score }) => `${start.toFixed(3)},${end.toFixed(3)},${cell(label)},${score.toFixed(4)}`)].join('\r\n')
}
