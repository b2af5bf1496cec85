/** Parts of a sound along its waveform, and a list that plays them. */
import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import type { PredictInput, Segment } from '../../../shared/api.js'
import { noteNumber } from '../../../shared/segments.js'
import { readSound, type Sound } from '../../sound.js'
import type { Scoring } from '../claims.js'
import { cssVar } from '../css-var.js'
import { results as t } from '../strings.gen.js'
import { controls } from '../styles.js'
import { name, plain } from '../plain.js'
import { figure, foundStyles } from './scene.js'
import { clock, peaks } from './waveform.js'

const MOST = 500
const COLUMNS = 480

/** A point for each column at most, the greatest of those that fall into one. */
function thinned(curve: readonly number[]): [index: number, value: number][] {
  const each = Math.max(1, Math.ceil(curve.length / (2 * COLUMNS)))
  const found: [number, number][] = []
  for (let from = 0; from < curve.length; from += each) {
    let best = from
    for (let i = from; i < Math.min(curve.length, from + each); i++) if ((curve[i] ?? 0) > (curve[best] ?? 0)) best = i
    found.push([best, curve[best] ?? 0])
  }
  return found
}

class Timeline extends LitElement {
  static override properties = {
    input: { attribute: false }, segments: { attribute: false }, curve: { attribute: false }, step: { attribute: false },
    heard: { attribute: false }, offset: { attribute: false }, start: { attribute: false }, threshold: { attribute: false }, top: { attribute: false }, live: { attribute: false }, scoring: { attribute: false },
    sound: { state: true }, chosen: { state: true },
  }

  static override styles = [...controls, foundStyles, css`
    .sound { background: var(--sunken); border-radius: var(--radius-small); padding-block: 0.5rem; display: grid; gap: 0.25rem; overflow: hidden; }
    svg { display: block; inline-size: 100%; block-size: 7rem; }
    .wave { stroke: var(--line-strong); stroke-width: 1px; vector-effect: non-scaling-stroke; fill: none; }
    .wave.faint { stroke: var(--line); }
    .band { fill: var(--accent); fill-opacity: 0.22; }
    .band.chosen { fill-opacity: 0.5; }
    .curve { stroke: var(--accent); stroke-width: 1.5px; vector-effect: non-scaling-stroke; fill: none; stroke-linejoin: round; }
    .lane, .axis { direction: ltr; }
    .lane { position: relative; block-size: 1.5rem; }
    .part {
      position: absolute; inset-block: 0; left: calc(var(--start) * 100%); inline-size: max(3px, calc(var(--length) * 100%)); background: var(--accent); color: var(--on-accent);
      border-radius: 4px; font-size: 0.75rem; line-height: 1.5rem; padding-inline: 0.25rem; overflow: hidden; white-space: nowrap; text-overflow: clip;
    }
    .part.narrow { padding: 0; }
    .limit { stroke: var(--danger); stroke-width: 1px; stroke-dasharray: 4 4; vector-effect: non-scaling-stroke; }
    .note { fill: var(--accent); }
    .note.chosen { fill: var(--text); }
    svg.roll { block-size: 13rem; }
    .axis { display: flex; justify-content: space-between; padding-inline: 0.375rem; font-size: 0.75rem; color: var(--muted); font-variant-numeric: tabular-nums; }
  `]

  /** The sound itself, where the visitor gave one. */
  declare input: PredictInput | null
  declare segments: readonly Segment[]
  declare curve: readonly number[]
  declare step: number
  /** The sound where it is known already, and the second at which it begins. */
  declare heard: Sound | null
  declare offset: number
  /** The second at which the curve begins. */
  declare start: number
  /** A line across the curve, and the greatest value of the curve's scale. */
  declare threshold: number | null
  declare top: number
  /** Whether it is still coming in: there is nothing to play. */
  declare live: boolean
  declare scoring: Scoring
  declare private sound: Sound | null
  declare private chosen: number

  constructor() {
    super()
    this.sound = null
    this.chosen = -1
    this.curve = []
    this.step = this.offset = this.start = 0
    this.heard = this.threshold = null
    this.top = 1
    this.live = false
    this.scoring = 'told'
    this.input = null
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('segments')) this.chosen = -1
    if (this.heard) this.sound = this.heard
    else if (changed.has('input')) void this.read()
  }

  private async read(): Promise<void> {
    const { input } = this
    this.sound = null
    if (!(input instanceof Blob)) return
    const found = await readSound(await input.arrayBuffer()).catch(() => null)
    if (this.input === input) this.sound = found
  }

  private get seconds(): number {
    const known = this.sound ? this.sound.samples.length / this.sound.rate : 0
    return known || Math.max(this.curve.length * this.step, ...this.segments.map(({ end }) => end), 0.001)
  }

  /** Notes in rows of their own, where every part is one. */
  private roll(shown: readonly Segment[], place: (second: number) => number): TemplateResult | null {
    const notes = shown.map(({ label }) => noteNumber(label))
    if (notes.length === 0 || notes.some((note) => note === undefined)) return null
    const [low, high] = [Math.min(...(notes as number[])) - 2, Math.max(...(notes as number[])) + 2]
    const row = 200 / (high - low + 1)
    return svg`${shown.map(({ start, end }, i) => svg`<rect class="note ${i === this.chosen ? 'chosen' : ''}" x=${place(start)} y=${(high - (notes[i] ?? 0)) * row} width=${Math.max(1, place(end) - place(start))} height=${Math.max(2, row)} rx="1"></rect>`)}`
  }

  private drawing(seconds: number): TemplateResult {
    const place = (second: number): number => ((second - this.offset) / seconds) * COLUMNS
    const wave = this.sound ? peaks(this.sound.samples, COLUMNS).map(([low, high], i, all) => `M${((i + 0.5) * COLUMNS) / all.length} ${100 - 96 * high}V${100 - 96 * low + 1}`).join('') : ''
    const known = this.curve.filter(Number.isFinite)
    const [low, high] = [known.reduce((a, b) => Math.min(a, b), 0), known.reduce((a, b) => Math.max(a, b), this.top)]
    const height = (value: number): number => 198 - 196 * ((value - low) / (high - low))
    const line = thinned(this.curve).map(([i, point]) => `${place(this.start + (i + 0.5) * this.step)},${height(point)}`).join(' ')
    const shown = this.segments.slice(0, MOST)
    const roll = this.roll(shown, place)
    const bands = roll ?? shown.map(({ start, end }, i) => svg`<rect class="band ${i === this.chosen ? 'chosen' : ''}" x=${place(start)} y="0" width=${Math.max(0, place(end) - place(start))} height="200"></rect>`)
    return html`<svg class=${roll ? 'roll' : ''} role="img" aria-label=${t.timeline(clock(seconds), this.segments.length)} viewBox="0 0 ${COLUMNS} 200" preserveAspectRatio="none">
      ${roll ? nothing : bands}<path class="wave ${roll ? 'faint' : ''}" d=${wave}></path>${roll ?? nothing}${line && !roll ? svg`<polyline class="curve" points=${line}></polyline>` : nothing}
      ${this.threshold !== null && line ? svg`<line class="limit" x1="0" x2=${COLUMNS} y1=${height(this.threshold)} y2=${height(this.threshold)}></line>` : nothing}</svg>`
  }

  private item(part: Segment, index: number): TemplateResult {
    const play = (): void => {
      this.chosen = index
      this.dispatchEvent(new CustomEvent('edgeweb-play', { detail: part, bubbles: true, composed: true }))
    }
    return html`<li><button class="item" type="button" aria-pressed=${index === this.chosen} @click=${play} @focus=${() => { this.chosen = index }}>
      <span>${name(part.label)}</span><span class="figure">${clock(part.start)} – ${clock(part.end)} · ${figure(part.score, this.scoring)}</span></button></li>`
  }

  protected override render(): TemplateResult {
    const { seconds } = this
    const shown = this.segments.slice(0, MOST)
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => html`<span>${clock(this.offset + share * seconds)}</span>`)
    const lane = shown.some(({ label }) => noteNumber(label) === undefined)
    return html`<div class="sound">${this.drawing(seconds)}
      ${lane || shown.length === 0 ? html`<div class="lane" aria-hidden="true">${shown.map(({ label, start, end }) => html`<span class="part ${(end - start) / seconds < 0.05 ? 'narrow' : ''}" ${cssVar('--start', String((start - this.offset) / seconds))} ${cssVar('--length', String((end - start) / seconds))}>${plain(label, 60)}</span>`)}</div>` : nothing}
      <div class="axis" aria-hidden="true">${ticks}</div></div>
      ${this.live ? nothing : shown.length ? html`<ol class="found" aria-label=${t.parts}>${shown.map((part, i) => this.item(part, i))}</ol>` : html`<p class="muted">${t.nothing}</p>`}
      ${this.segments.length > MOST && !this.live ? html`<p class="muted small">${t.more(this.segments.length - MOST)}</p>` : nothing}`
  }
}

export function defineTimeline(): void {
  if (!customElements.get('edgeweb-timeline')) customElements.define('edgeweb-timeline', Timeline)
}
