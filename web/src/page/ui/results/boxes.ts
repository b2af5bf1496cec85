/** What was found in a picture: boxes over it with their labels, and a list that keyboards and screen readers go through. */
import { css, html, LitElement, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit'
import type { Box } from '../../../shared/api.js'
import type { Scoring } from '../claims.js'
import { cssVar } from '../css-var.js'
import { share } from '../format.js'
import { results as t } from '../strings.gen.js'
import { controls } from '../styles.js'
import { name, plain } from '../plain.js'
import { ended } from '../slide.js'
import { bones, figure, foundStyles, sceneStyles, upright, UNSURE, type Skeleton } from './scene.js'
import { placed, type Place } from './tags.js'

/** More than these slow the page down and cover the picture. */
const MOST = 500
const TAGGED = 60

/** Until the page is laid out, as on a telephone. */
const NARROW = 320

class Boxes extends LitElement {
  static override properties = {
    url: { attribute: false }, boxes: { attribute: false }, written: { attribute: false }, skeleton: { attribute: false }, scoring: { attribute: false }, least: { attribute: false },
    size: { state: true }, chosen: { state: true }, labels: { state: true }, from: { state: true }, across: { state: true },
  }

  static override styles = [...controls, foundStyles, sceneStyles, css`
    .layer { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; }
    rect { fill: transparent; vector-effect: non-scaling-stroke; }
    .halo { stroke: #fff; stroke-width: 4px; stroke-opacity: 0.8; }
    .edge { stroke: var(--accent); stroke-width: 2px; }
    .written .edge { fill: var(--surface); fill-opacity: 0.94; stroke-width: 1px; }
    .chosen .edge { stroke: var(--danger); stroke-width: 3px; }
    text { fill: var(--text); font-family: var(--font); }
    .point { stroke-linecap: round; vector-effect: non-scaling-stroke; stroke: var(--accent); stroke-width: 7px; }
    .point.rim { stroke: #fff; stroke-width: 10px; }
    .bone { stroke-linecap: round; vector-effect: non-scaling-stroke; stroke: var(--accent); stroke-width: 3px; }
    .bone.rim { stroke: #fff; stroke-opacity: 0.8; stroke-width: 5px; }
    .chosen .bone:not(.rim) { stroke: var(--danger); }
    .item .points { grid-column: 1 / -1; color: var(--muted); font-size: 0.8125rem; }
    .chosen .point:not(.rim) { stroke: var(--danger); }
    .tag {
      position: absolute; left: calc(var(--x) * 100%); top: calc(var(--y) * 100%); translate: 0 -100%; max-inline-size: 12rem; padding: 0.0625rem 0.375rem; border-radius: 4px 4px 0 0;
      background: var(--accent); color: var(--on-accent); font-size: 0.75rem; line-height: 1.4; white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
    }
    .tag.inside { translate: 0 0; border-radius: 0 0 4px 0; }
    .tag.end { translate: -100% -100%; }
    .tag.end.inside { translate: -100% 0; }
    .tag.low { translate: 0 -100%; border-radius: 0 4px 0 0; }
    .tag.low.end { translate: -100% -100%; border-radius: 4px 0 0 0; }
    .least { display: grid; grid-template-columns: auto minmax(0, 1fr) 3rem; gap: 0.75rem; align-items: center; font-size: 0.875rem; color: var(--muted); font-variant-numeric: tabular-nums; }
    .least input { inline-size: 100%; accent-color: var(--accent); min-block-size: 2.75rem; margin: 0; padding: 0; border: 0; background: none; appearance: auto; }
    .tag.chosen { background: var(--danger); color: var(--surface); z-index: 1; }
  `]

  /** The picture; empty where the page has none to show. */
  declare url: string
  declare boxes: readonly Box[]
  declare skeleton: Skeleton
  declare scoring: Scoring
  /** Whether the labels are the text that stands in the boxes. */
  declare written: boolean
  /** Boxes with a lower score are not shown at first. */
  declare least: number
  declare private from: number
  declare private size: { width: number; height: number } | null
  declare private chosen: number
  declare private labels: boolean
  /** How wide the picture is on the screen. */
  declare private across: number
  private readonly watcher = new ResizeObserver(([entry]) => { this.across = Math.round(entry?.contentRect.width ?? 0) || NARROW })
  private watched: Element | null = null

  constructor() {
    super()
    this.size = null
    this.across = NARROW
    this.chosen = -1
    this.labels = true
    this.skeleton = []
    this.least = this.from = 0
    this.scoring = 'told'
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('url')) this.size = null
    if (changed.has('boxes')) this.chosen = -1
    if (changed.has('least')) this.from = this.least
  }

  protected override updated(): void {
    const scene = this.renderRoot.querySelector('.scene')
    if (scene === this.watched) return
    this.watcher.disconnect()
    this.watched = scene
    if (scene) this.watcher.observe(scene)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.watcher.disconnect()
    this.watched = null
  }

  private readonly onLoad = (event: Event): void => {
    const image = event.currentTarget as HTMLImageElement
    this.size = { width: image.naturalWidth, height: image.naturalHeight }
  }

  private mark(box: Box, index: number): SVGTemplateResult {
    const { x, y, width, height, label } = box
    const text = this.written && this.labels
    const turn = box.angle === undefined ? nothing : `rotate(${(box.angle * 180) / Math.PI} ${x + width / 2} ${y + height / 2})`
    return svg`<g class="${text ? 'written' : ''} ${index === this.chosen ? 'chosen' : ''}">
      ${box.points?.length === 1 ? nothing : ['halo', 'edge'].map((kind) => svg`<rect class=${kind} x=${x} y=${y} width=${width} height=${height} transform=${turn}></rect>`)}
      ${this.lines(box)}${this.points(box)}
      ${text ? svg`<text x=${x + width * 0.02} y=${y + height * 0.76} font-size=${height * 0.72} textLength=${Math.max(1, width * 0.96)} lengthAdjust="spacingAndGlyphs">${plain(label)}</text>` : nothing}</g>`
  }

  private lines({ points = [] }: Box): SVGTemplateResult[] {
    return bones(points, this.skeleton).flatMap(([from, to]) => ['bone rim', 'bone'].map((kind) => svg`<line class=${kind} x1=${from.x} y1=${from.y} x2=${to.x} y2=${to.y}></line>`))
  }

  /** Lines of no length with round ends: dots that stay round and of one size however the picture is scaled. */
  private points({ points = [] }: Box): SVGTemplateResult[] {
    return points.filter(({ score }) => score >= UNSURE).slice(0, MOST).flatMap(({ x, y }) => ['point rim', 'point'].map((kind) => svg`<line class=${kind} x1=${x} y1=${y} x2=${x} y2=${y}></line>`))
  }

  private said(box: Box): string {
    return `${box.label && plain(box.label, 60)} ${figure(box.score, this.scoring)}`.trim()
  }

  private tag(box: Box, index: number, { end, low, inside, x, y }: Place): TemplateResult {
    const chosen = index === this.chosen ? 'chosen' : ''
    return html`<span class="tag ${low ? 'low' : inside ? 'inside' : ''} ${end ? 'end' : ''} ${chosen}" ${cssVar('--x', String(x))} ${cssVar('--y', String(y))}>${this.said(box)}</span>`
  }

  private tags(shown: readonly Box[], size: { width: number; height: number }): (TemplateResult | typeof nothing)[] {
    const tagged = shown.slice(0, TAGGED)
    const places = placed(tagged.map(upright), tagged.map((box) => this.said(box)), size, this.across)
    return tagged.map((box, i) => (places[i] === undefined || (places[i].hidden && i !== this.chosen) ? nothing : this.tag(box, i, places[i])))
  }

  private scene(shown: readonly Box[]): TemplateResult | typeof nothing {
    const { url, size } = this
    if (!url) return nothing
    return html`<div class="scene" ${cssVar('--ratio', String(size ? size.width / size.height : 1.5))}><img class=${size && Math.max(size.width, size.height) <= 64 ? 'tiny' : ''} src=${url} alt=${t.scene(shown.length)} @load=${this.onLoad}>
      ${size ? html`<svg class="layer" aria-hidden="true" viewBox="0 0 ${size.width} ${size.height}" preserveAspectRatio="none">${shown.map((box, i) => this.mark(box, i))}</svg>
        <div class="layer" aria-hidden="true">${this.labels && !this.written ? this.tags(shown, size) : nothing}</div>` : nothing}</div>
      <div class="row"><button class="button chip" type="button" aria-pressed=${this.labels} @click=${() => { this.labels = !this.labels }}>${this.labels ? t.hideLabels : t.showLabels}</button></div>`
  }

  private item(box: Box, index: number): TemplateResult {
    const choose = (): void => { this.chosen = index }
    const named = (box.points ?? []).filter(({ name, score }) => name !== undefined && score >= UNSURE).slice(0, MOST)
    return html`<li><button class="item" type="button" aria-pressed=${index === this.chosen} @click=${choose} @focus=${choose} @pointerenter=${choose}>
      ${name(box.label || t.points(box.points?.length ?? 0))}<span class="figure">${figure(box.score, this.scoring)}</span>
      ${named.length ? html`<span class="points">${named.map(({ name: point, score }) => `${plain(point ?? '', 40)} ${figure(score, this.scoring)}`).join(', ')}</span>` : nothing}</button></li>`
  }

  private readonly choose = (event: Event): void => {
    this.from = (event.currentTarget as HTMLInputElement).valueAsNumber / 100
    this.chosen = -1
  }

  private slider(): TemplateResult | typeof nothing {
    if (!this.boxes.some(({ score }) => score < this.least)) return nothing
    return html`<label class="least"><span>${t.least}</span>${ended(html`<input type="range" min="5" max="95" step="5" .value=${String(Math.round(this.from * 100))} @input=${this.choose}>`, share(0.05, 0), share(0.95, 0))}<span>${share(this.from, 0)}</span></label>`
  }

  protected override render(): TemplateResult {
    const sure = this.boxes.filter(({ score }) => !(score < this.from))
    const shown = sure.slice(0, MOST)
    const list = html`<ol class="found" aria-label=${t.list}>${shown.map((box, i) => this.item(box, i))}</ol>`
    const lines = this.written ? html`<details><summary>${t.lines(shown.length)}</summary>${list}</details>` : list
    return html`${this.scene(shown)}${this.slider()}
      ${shown.length ? lines : this.written ? nothing : html`<p class="muted">${t.nothing}</p>`}
      ${sure.length > MOST ? html`<p class="muted small">${t.more(sure.length - MOST)}</p>` : nothing}`
  }
}

export function defineBoxes(): void {
  if (!customElements.get('edgeweb-boxes')) customElements.define('edgeweb-boxes', Boxes)
}
