/** A picture in which the visitor points at what is wanted, with what was selected by it in colour. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Result } from '../../../shared/api.js'
import { cssVar } from '../../../page/ui/css-var.js'
import { tinted } from '../../../page/ui/results/mask.js'
import { sceneStyles } from '../../../page/ui/results/scene.js'
import { image as words } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import type { PointAt } from './picture.js'

type Found = Extract<Result, { task: 'segmentation' }>

const OPACITY = 150
/** Of the picture's shorter side: what an arrow key moves the place by. */
const STEP = 0.02

class Pointing extends LitElement {
  static override properties = { url: { attribute: false }, found: { attribute: false }, points: { attribute: false }, ratio: { state: true }, away: { state: true }, at: { state: true } }

  static override styles = [...controls, sceneStyles, css`
    :host { display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); }
    .scene { cursor: crosshair; touch-action: manipulation; }
    .scene:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .spot { position: absolute; inline-size: 14px; block-size: 14px; margin: -7px 0 0 -7px; border-radius: 50%; background: #1a7f37; border: 2px solid #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 0.4); pointer-events: none; }
    .spot.not { background: #cf222e; }
    .check { display: inline-flex; align-items: center; gap: 0.5rem; min-block-size: 2.75rem; }
    .check input { inline-size: 1.125rem; block-size: 1.125rem; margin: 0; accent-color: var(--accent); }
    .first { justify-self: center; margin: 0; }
    .spot.next { background: none; border-color: var(--accent); }
  `]

  declare url: string
  declare found: Found | null
  declare points: readonly PointAt[]
  declare private ratio: number
  /** The next point is at what is not wanted. */
  declare private away: boolean
  /** Where keys have moved to, as shares of the sides. */
  declare private at: { x: number; y: number } | null

  constructor() {
    super()
    this.ratio = 0
    this.away = false
    this.at = null
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const canvas = this.renderRoot.querySelector('canvas')
    if (!canvas || !changed.has('found')) return
    if (!this.found) return void canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height)
    Object.assign(canvas, { width: this.found.width, height: this.found.height })
    canvas.getContext('2d')?.putImageData(tinted(this.found, new Set([0]), OPACITY), 0, 0)
  }

  private get picture(): HTMLImageElement | null {
    return this.renderRoot.querySelector('img')
  }

  private readonly onLoad = (): void => {
    this.ratio = (this.picture?.naturalWidth ?? 1) / (this.picture?.naturalHeight ?? 1)
  }

  private tell(points: readonly PointAt[]): void {
    this.dispatchEvent(new CustomEvent('edgeweb-points', { detail: [...points], bubbles: true, composed: true }))
  }

  private add(x: number, y: number, away: boolean): void {
    const { picture } = this
    if (picture) this.tell([...this.points, { x: x * picture.naturalWidth, y: y * picture.naturalHeight, label: away ? 0 : 1 }])
  }

  private readonly press = (event: MouseEvent): void => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect()
    this.add((event.clientX - left) / width, (event.clientY - top) / height, this.away || event.shiftKey)
  }

  private readonly keys = (event: KeyboardEvent): void => {
    const at = this.at ?? { x: 0.5, y: 0.5 }
    const [across, down] = this.ratio > 1 ? [STEP / this.ratio, STEP] : [STEP, STEP * this.ratio]
    const moves: Record<string, [number, number]> = { ArrowLeft: [-across, 0], ArrowRight: [across, 0], ArrowUp: [0, -down], ArrowDown: [0, down] }
    const move = moves[event.key]
    if (move) this.at = { x: Math.min(1, Math.max(0, at.x + move[0])), y: Math.min(1, Math.max(0, at.y + move[1])) }
    else if (event.key === 'Enter' || event.key === ' ') this.add(at.x, at.y, this.away || event.shiftKey)
    else return
    event.preventDefault()
  }

  private spot(x: number, y: number, kind: string): TemplateResult {
    return html`<i class="spot ${kind}" ${cssVar('left', `${100 * x}%`)} ${cssVar('top', `${100 * y}%`)}></i>`
  }

  protected override render(): TemplateResult {
    const { points, picture, at, found } = this
    const [width, height] = [picture?.naturalWidth || 1, picture?.naturalHeight || 1]
    return html`${points.length ? nothing : html`<p class="note first">${words.pointingNone}</p>`}<div class="scene" ${cssVar('--ratio', this.ratio ? String(this.ratio) : '1.5')} tabindex="0" role="application" aria-label=${words.pointing} @click=${this.press} @keydown=${this.keys}>
        <img src=${this.url} alt="" @load=${this.onLoad}><canvas></canvas>
        ${points.map(({ x, y, label }) => this.spot(x / width, y / height, label ? '' : 'not'))}${at ? this.spot(at.x, at.y, 'next') : nothing}</div>
      <p class="muted small">${words.pointingHow}</p>
      <div class="row"><label class="check"><input type="checkbox" .checked=${this.away} @change=${() => { this.away = !this.away }}> ${words.pointingAway}</label>
        <button class="button quiet push" type="button" ?disabled=${!points.length} @click=${() => this.tell(points.slice(0, -1))}>${words.pointingBack}</button></div>
      ${found?.score === undefined ? nothing : html`<p class="muted small">${words.pointingScore(found.score.toFixed(2))}</p>`}`
  }
}

export function definePointing(): void {
  if (!customElements.get('edgeweb-pointing')) customElements.define('edgeweb-pointing', Pointing)
}
