/** A pad to draw on, with finger, pen, mouse or keys: the model reads along, stroke by stroke. */
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { Manifest, Result } from '../../../shared/api.js'
import { cssVar } from '../../../page/ui/css-var.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { common, image as words } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { Latest, paint, type Point, type Stroke } from './strokes.js'

const { pad: t } = words
/** Of the longer side, in pixels: fine enough for the eye. */
const FINE = 420
/** Of the pad's side: what an arrow key moves the pen by. */
const STEP = 0.04
const GROUNDS = { 'white-on-black': ['#000', '#fff'], 'black-on-white': ['#fff', '#000'] } as const

/** What is told of a drawing, as `edgeweb-drawn`: the newest answer to it; null where there is none. `drawing`: it goes on. */
export interface Drawn { result: Result | null; failure: Failure | null; drawing: boolean }

class Pad extends LitElement {
  static override properties = {
    manifest: { attribute: false }, session: { attribute: false },
    strokes: { state: true }, swapped: { state: true }, at: { state: true }, down: { state: true },
  }

  static override styles = [...controls, css`
    :host { container-type: inline-size; display: grid; gap: 0.75rem; justify-items: center; }
    .pad { position: relative; inline-size: min(100%, 21rem); aspect-ratio: var(--ratio, 1); border-radius: var(--radius-small); overflow: hidden; border: 1px solid var(--line-strong); cursor: crosshair; touch-action: none; user-select: none; -webkit-user-select: none; }
    .pad:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    canvas { display: block; inline-size: 100%; block-size: 100%; }
    .lead { position: absolute; inset: 0; display: grid; place-items: center; padding: 1rem; text-align: center; font-size: 1.125rem; font-weight: 600; color: #757575; pointer-events: none; }
    .spot { position: absolute; inline-size: 18px; block-size: 18px; margin: -9px 0 0 -9px; border-radius: 50%; border: 2px solid var(--accent); box-shadow: 0 0 0 1px rgb(255 255 255 / 0.6); pointer-events: none; }
    .spot.down { background: var(--accent); }
    .row { justify-content: center; gap: 0.5rem; }
    @container (max-width: 24rem) { .begun { display: none; } }
    p { text-align: center; text-wrap: balance; }
  `]

  declare manifest: Manifest
  declare session: Session
  declare private strokes: readonly Stroke[]
  declare private swapped: boolean
  /** Where keys have moved the pen to, and whether it is on the pad. */
  declare private at: Point | null
  declare private down: boolean
  private drawing = false
  private told: Drawn = { result: null, failure: null, drawing: false }
  private readonly latest = new Latest(() => this.read())
  private ends: () => void = () => undefined

  constructor() {
    super()
    Object.assign(this, { strokes: [], swapped: false, at: null, down: false })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.ends = this.session.onRenewal(() => this.ask())
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.ends()
  }

  private get asked(): 'white-on-black' | 'black-on-white' | 'either' {
    return this.manifest.image?.pad ?? 'either'
  }

  private get colours(): readonly [ground: string, ink: string] {
    const usual = this.asked === 'black-on-white' ? 'black-on-white' : 'white-on-black'
    const other = usual === 'black-on-white' ? 'white-on-black' : 'black-on-white'
    return GROUNDS[this.swapped ? other : usual]
  }

  private get ratio(): number {
    const { width = 1, height = 1 } = this.manifest.image ?? {}
    return width / height
  }

  protected override updated(changed: PropertyValues): void {
    const canvas = this.renderRoot.querySelector('canvas')
    if (!canvas || !(changed.has('strokes') || changed.has('swapped'))) return
    paint(canvas, this.strokes, ...this.colours)
    this.ask()
  }

  private ask(): void {
    if (this.strokes.length) this.latest.ask()
    else this.tell({ result: null, failure: null })
  }

  /** What is on the pad at this moment. */
  private async read(): Promise<void> {
    const canvas = this.renderRoot.querySelector('canvas')
    if (!canvas || !this.strokes.length) return
    this.tell({})
    const told = await this.session.follow(canvas).then((result) => ({ result, failure: null }), (error: unknown) => ({ result: null, failure: failure(error) }))
    if (this.isConnected && this.strokes.length) this.tell(told)
  }

  private tell(part: Partial<Drawn>): void {
    this.told = { ...this.told, ...part, drawing: this.drawing || this.down }
    this.dispatchEvent(new CustomEvent('edgeweb-drawn', { detail: this.strokes.length ? this.told : null, bubbles: true, composed: true }))
  }

  private point({ clientX, clientY }: PointerEvent, pad: Element): Point {
    const { left, top, width, height } = pad.getBoundingClientRect()
    return { x: (clientX - left) / width, y: (clientY - top) / height }
  }

  private extend(points: readonly Point[]): void {
    this.strokes = [...this.strokes.slice(0, -1), [...(this.strokes.at(-1) ?? []), ...points]]
  }

  private readonly press = (event: PointerEvent): void => {
    if (event.button !== 0 || !event.isPrimary) return
    const pad = event.currentTarget as HTMLElement
    pad.setPointerCapture(event.pointerId)
    Object.assign(this, { drawing: true, at: null, down: false, strokes: [...this.strokes, [this.point(event, pad)]] })
  }

  private readonly move = (event: PointerEvent): void => {
    if (!this.drawing || !event.isPrimary) return
    const pad = event.currentTarget as HTMLElement
    // All places of a fast pen, where the browser tells them.
    const places = event.getCoalescedEvents?.() ?? []
    this.extend((places.length ? places : [event]).map((each) => this.point(each, pad)))
  }

  private readonly lift = (): void => {
    if (!this.drawing) return
    this.drawing = false
    this.ask()
  }

  /** The pen of the keys: what is drawn is read once more, to be told. */
  private raise(): void {
    this.down = false
    this.ask()
  }

  private readonly undo = (): void => {
    this.down = false
    this.strokes = this.strokes.slice(0, -1)
  }

  private readonly clear = (): void => {
    Object.assign(this, { strokes: [], down: false, at: null })
    this.renderRoot.querySelector<HTMLElement>('.pad')?.focus()
  }

  private readonly keys = (event: KeyboardEvent): void => {
    const at = this.at ?? { x: 0.5, y: 0.5 }
    const moves: Record<string, readonly [number, number]> = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }
    const move = moves[event.key]
    if (move) {
      this.at = { x: Math.min(1, Math.max(0, at.x + move[0])), y: Math.min(1, Math.max(0, at.y + move[1])) }
      if (this.down) this.extend([this.at])
    } else if (event.key === ' ' || event.key === 'Enter') {
      if (this.down) this.raise()
      else Object.assign(this, { at, down: true, strokes: [...this.strokes, [at]] })
    } else if (event.key === 'Backspace' || (event.key === 'z' && (event.ctrlKey || event.metaKey))) this.undo()
    else if (event.key === 'Escape' && this.down) this.raise()
    else return
    event.preventDefault()
  }

  protected override render(): TemplateResult {
    const { strokes, at, down, ratio } = this
    const scale = FINE / Math.max(1, ratio)
    const [width, height] = [Math.round(scale * ratio), Math.round(scale)]
    return html`<div class="pad" ${cssVar('--ratio', String(ratio))} tabindex="0" role="application" aria-label=${t.title} aria-describedby="how"
        @pointerdown=${this.press} @pointermove=${this.move} @pointerup=${this.lift} @pointercancel=${this.lift} @keydown=${this.keys}>
        <canvas width=${width} height=${height}></canvas>
        ${strokes.length || at ? nothing : html`<span class="lead">${t.lead}</span>`}
        ${at ? html`<i class="spot ${down ? 'down' : ''}" ${cssVar('left', `${100 * at.x}%`)} ${cssVar('top', `${100 * at.y}%`)}></i>` : nothing}</div>
      <div class="row"><button class="button chip" type="button" ?disabled=${!strokes.length} @click=${this.undo}>${t.undo}</button>
        <button class="button chip" type="button" ?disabled=${!strokes.length} @click=${this.clear}>${common.clear}</button>
        ${this.asked === 'either' ? html`<button class="button chip" type="button" aria-pressed=${this.swapped} @click=${() => { this.swapped = !this.swapped }}>${t.swap}</button>` : nothing}</div>
      <p class="muted small ${strokes.length ? 'begun' : ''}" id="how">${t.how}</p>`
  }
}

export function definePad(): void {
  if (!customElements.get('edgeweb-pad')) customElements.define('edgeweb-pad', Pad)
}
