/** Parts of a sound along its waveform, and a list that plays them. */
import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import type { PredictInput, Segment } from '../../../shared/api.js'
import { readSound, type Sound } from '../../sound.js'
import { cssVar } from '../css-var.js'
import { strings } from '../strings.js'
import { controls } from '../styles.js'
import { name, plain } from '../text.js'
import { figure, foundStyles } from './found.js'
import { clock, peaks } from './waveform.js'

const { hooks: t } = strings
const MOST = 500
const COLUMNS = 480

class Timeline extends LitElement {
  static override properties = {
    input: { attribute: false }, segments: { attribute: false }, curve: { attribute: false }, step: { attribute: false },
    sound: { state: true }, chosen: { state: true },
  }

  static override styles = [...controls, foundStyles, css`
    .sound { background: var(--sunken); border-radius: var(--radius-small); padding-block: 0.5rem; display: grid; gap: 0.25rem; overflow: hidden; }
    svg { display: block; inline-size: 100%; block-size: 7rem; }
    .wave { stroke: var(--line-strong); stroke-width: 1px; vector-effect: non-scaling-stroke; fill: none; }
    .band { fill: var(--accent); fill-opacity: 0.22; }
    .band.chosen { fill-opacity: 0.5; }
    .curve { stroke: var(--accent); stroke-width: 1.5px; vector-effect: non-scaling-stroke; fill: none; stroke-linejoin: round; }
    .lane { position: relative; block-size: 1.5rem; }
    .part {
      position: absolute; inset-block: 0; left: calc(var(--start) * 100%); inline-size: max(3px, calc(var(--length) * 100%)); background: var(--accent); color: var(--on-accent);
      border-radius: 4px; font-size: 0.75rem; line-height: 1.5rem; padding-inline: 0.25rem; overflow: hidden; white-space: nowrap; text-overflow: clip;
    }
    .part.narrow { padding: 0; }
    .axis { display: flex; justify-content: space-between; padding-inline: 0.375rem; font-size: 0.75rem; color: var(--muted); font-variant-numeric: tabular-nums; }
  `]

  /** The sound itself, where the visitor gave one. */
  declare input: PredictInput | null
  declare segments: readonly Segment[]
  declare curve: readonly number[]
  declare step: number
  declare private sound: Sound | null
  declare private chosen: number

  constructor() {
    super()
    this.sound = null
    this.chosen = -1
    this.curve = []
    this.step = 0
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('segments')) this.chosen = -1
    if (changed.has('input')) void this.read()
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

  private drawing(seconds: number): TemplateResult {
    const wave = this.sound ? peaks(this.sound.samples, COLUMNS).map(([low, high], i) => `M${i + 0.5} ${100 - 96 * high}V${100 - 96 * low + 1}`).join('') : ''
    const [low, high] = [Math.min(0, ...this.curve), Math.max(1, ...this.curve)]
    const line = this.curve.map((point, i) => `${((i + 0.5) * this.step / seconds) * COLUMNS},${198 - 196 * ((point - low) / (high - low))}`).join(' ')
    const bands = this.segments.slice(0, MOST).map(({ start, end }, i) => svg`<rect class="band ${i === this.chosen ? 'chosen' : ''}" x=${(start / seconds) * COLUMNS} y="0" width=${((end - start) / seconds) * COLUMNS} height="200"></rect>`)
    return html`<svg role="img" aria-label=${t.timeline(this.segments.length, clock(seconds))} viewBox="0 0 ${COLUMNS} 200" preserveAspectRatio="none">
      ${bands}<path class="wave" d=${wave}></path>${line ? svg`<polyline class="curve" points=${line}></polyline>` : nothing}</svg>`
  }

  private item(part: Segment, index: number): TemplateResult {
    const play = (): void => {
      this.chosen = index
      this.dispatchEvent(new CustomEvent('edgeweb-play', { detail: part, bubbles: true, composed: true }))
    }
    return html`<li><button class="item" type="button" aria-pressed=${index === this.chosen} @click=${play} @focus=${() => { this.chosen = index }}>
      <span>${name(part.label)}</span><span class="figure">${clock(part.start)} – ${clock(part.end)} · ${figure(part.score)}</span></button></li>`
  }

  protected override render(): TemplateResult {
    const { seconds } = this
    const shown = this.segments.slice(0, MOST)
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => html`<span>${clock(share * seconds)}</span>`)
    return html`<div class="sound">${this.drawing(seconds)}
      <div class="lane" aria-hidden="true">${shown.map(({ label, start, end }) => html`<span class="part ${(end - start) / seconds < 0.05 ? 'narrow' : ''}" ${cssVar('--start', String(start / seconds))} ${cssVar('--length', String((end - start) / seconds))}>${plain(label, 60)}</span>`)}</div>
      <div class="axis" aria-hidden="true">${ticks}</div></div>
      ${shown.length ? html`<ol class="found" aria-label=${t.parts}>${shown.map((part, i) => this.item(part, i))}</ol>` : html`<p class="muted">${t.nothing}</p>`}
      ${this.segments.length > MOST ? html`<p class="muted small">${t.more(this.segments.length - MOST)}</p>` : nothing}`
  }
}

export function defineTimeline(): void {
  if (!customElements.get('edgeweb-timeline')) customElements.define('edgeweb-timeline', Timeline)
}
