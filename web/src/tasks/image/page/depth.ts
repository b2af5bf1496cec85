/** A map of values, such as how far things are: greys over the picture that a slider moves aside, and what black and white stand for. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Result } from '../../../shared/api.js'
import { cssVar } from '../../../page/ui/css-var.js'
import { value } from '../../../page/ui/format.js'
import * as icons from '../../../page/ui/icons.js'
import { save } from '../../../page/ui/save.js'
import { sceneStyles } from '../../../page/ui/results/scene.js'
import { image as words, results as t } from '../../../page/ui/strings.gen.js'
import { span } from '../shared/greys.js'
import { controls } from '../../../page/ui/styles.js'

type Deep = Pick<Extract<Result, { task: 'depth' }>, 'width' | 'height' | 'values' | 'image'>

class Depth extends LitElement {
  static override properties = { url: { attribute: false }, found: { attribute: false }, at: { state: true }, ratio: { state: true }, under: { state: true } }

  static override styles = [...controls, sceneStyles, css`
    :host { display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); }
    label { direction: ltr; display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0.75rem; align-items: center; font-size: 0.875rem; color: var(--muted); }
    .scene img { clip-path: inset(0 calc(100% - var(--at) * 1%) 0 0); }
    .line { position: absolute; inset-block: 0; left: calc(var(--at) * 1%); inline-size: 2px; margin-left: -1px; background: #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 0.35); pointer-events: none; }
    input[type='range'] { inline-size: 100%; accent-color: var(--accent); min-block-size: 2.75rem; margin: 0; padding: 0; border: 0; background: none; appearance: auto; }
    .scale { direction: ltr; display: grid; grid-template-columns: auto minmax(3rem, 1fr) auto; gap: 0.75rem; align-items: center; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
    .scale i { block-size: 0.625rem; border-radius: 5px; border: 1px solid var(--line-strong); background: linear-gradient(to right, #000, #fff); }
    .under { min-block-size: 1.5em; font-variant-numeric: tabular-nums; }
  `]

  declare url: string
  declare found: Deep
  declare private at: number
  /** Of the picture, over which the map is stretched. */
  declare private ratio: number
  /** The value under the pointer. */
  declare private under: number | null

  constructor() {
    super()
    this.at = 50
    this.ratio = 0
    this.under = null
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('url')) this.ratio = 0
    if (changed.has('found')) this.under = null
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const canvas = this.renderRoot.querySelector('canvas')
    if (!canvas || !changed.has('found')) return
    const { width, height, image } = this.found
    Object.assign(canvas, { width, height })
    canvas.getContext('2d')?.putImageData(image, 0, 0)
  }

  private readonly onLoad = (event: Event): void => {
    const image = event.currentTarget as HTMLImageElement
    this.ratio = image.naturalWidth / image.naturalHeight
  }

  private readonly move = (event: Event): void => { this.at = (event.currentTarget as HTMLInputElement).valueAsNumber }

  private readonly point = (event: PointerEvent): void => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect()
    const { found } = this
    const [x, y] = [Math.floor(((event.clientX - left) / width) * found.width), Math.floor(((event.clientY - top) / height) * found.height)]
    this.under = x >= 0 && y >= 0 && x < found.width && y < found.height ? found.values[y * found.width + x] ?? null : null
  }

  private readonly keep = (): void => {
    this.renderRoot.querySelector('canvas')?.toBlob((blob) => { if (blob) save('depth.png', blob, 'image/png') })
  }

  protected override render(): TemplateResult {
    const { width, height, values } = this.found
    const [low, high] = span(values)
    return html`<div class="scene" ${cssVar('--at', String(this.at))} ${cssVar('--ratio', String(this.ratio || width / height))} @pointermove=${this.point} @pointerleave=${() => { this.under = null }}>
        <canvas role="img" aria-label=${t.map(value(low), value(high))}></canvas>
        ${this.url ? html`<img src=${this.url} alt="" @load=${this.onLoad}><span class="line"></span>` : nothing}</div>
      ${this.url ? html`<label><span>${t.before}</span><input type="range" min="0" max="100" .value=${String(this.at)} aria-label=${words.slider} @input=${this.move}><span>${t.after}</span></label>` : nothing}
      <div class="scale"><span>${value(low)}</span><i aria-hidden="true"></i><span>${value(high)}</span></div>
      <p class="under muted small">${this.under === null ? t.mapHow : t.mapAt(value(this.under))}</p>
      <div class="row"><button class="button chip" type="button" @click=${this.keep}>${icons.download}${t.png}</button></div>`
  }
}

export function defineDepth(): void {
  if (!customElements.get('edgeweb-depth')) customElements.define('edgeweb-depth', Depth)
}
