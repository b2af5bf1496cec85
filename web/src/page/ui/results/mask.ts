/** A picture whose pixels were told apart: each class in a colour over it, and a list that shows and hides them. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { cssVar } from '../css-var.js'
import { save } from '../save.js'
import { percent, share } from '../format.js'
import * as icons from '../icons.js'
import { results as t } from '../strings.gen.js'
import { controls } from '../styles.js'
import { name } from '../plain.js'
import { ended } from '../slide.js'
import { foundStyles, sceneStyles } from './scene.js'

/** Told apart also by people who see red and green alike (Okabe and Ito), then again from the first. */
const COLOURS = [[0, 114, 178], [230, 159, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [213, 94, 0], [240, 228, 66], [90, 90, 90]] as const
/** Of 255. */
const OPACITY = 150
const BEHIND = /^(_*background_*|bg|none|void|unlabell?ed)$/i

export interface Segmented {
  width: number
  height: number
  mask: Uint8Array
  /** How far each pixel is the second class of two, 0 to 255. */
  alpha?: Uint8Array
  labels: string[]
}

const colour = (index: number): readonly [number, number, number] => COLOURS[index % COLOURS.length] ?? COLOURS[0]

/** The classes that nobody wants to see coloured at first: what is behind everything else. */
export const hidden = (labels: readonly string[]): Set<number> => new Set(labels.flatMap((label, i) => (BEHIND.test(label) ? [i] : [])))

/** The classes in their colours, but for those that are `off`; `opacity` of 255. */
export function tinted({ width, height, mask, labels }: Segmented, off: ReadonlySet<number>, opacity: number): ImageData {
  const image = new ImageData(width, height)
  // Four bytes at once, whichever way round this machine has them.
  const colours = new Uint8Array(4 * Math.max(256, labels.length))
  for (let i = 0; i < colours.length / 4; i++) if (!off.has(i)) colours.set([...colour(i), opacity], 4 * i)
  const [from, to] = [new Uint32Array(colours.buffer), new Uint32Array(image.data.buffer)]
  for (let i = 0; i < to.length; i++) to[i] = from[mask[i] as number] as number
  return image
}

/** How opaque each pixel of a cut-out is: as sure as the model is of the only class that is kept, otherwise all or nothing. */
export function cutOut({ width, height, mask, alpha }: Segmented, off: ReadonlySet<number>): ImageData {
  const image = new ImageData(width, height)
  const soft = alpha && off.has(0) && !off.has(1) ? alpha : undefined
  for (let i = 0; i < mask.length; i++) image.data[4 * i + 3] = soft ? soft[i] as number : off.has(mask[i] as number) ? 0 : 255
  return image
}

class Mask extends LitElement {
  static override properties = { url: { attribute: false }, found: { attribute: false }, off: { state: true }, opacity: { state: true } }

  static override styles = [...controls, foundStyles, sceneStyles, css`
    .item { grid-template-columns: 1rem minmax(0, 1fr) auto; align-items: center; gap: 0.625rem; }
    .item[aria-pressed='true'] { background: none; border-color: transparent; }
    .item[aria-pressed='false'] { color: var(--muted); text-decoration: line-through; }
    .swatch { inline-size: 1rem; block-size: 1rem; border-radius: 4px; border: 1px solid var(--line-strong); background: var(--swatch); }
    .item[aria-pressed='false'] .swatch { background: none; }
    .scene canvas { opacity: var(--opacity, 0.6); }
    .opacity { flex: 1 1 12rem; display: grid; grid-template-columns: auto minmax(0, 1fr) 3rem; gap: 0.75rem; align-items: center; font-size: 0.875rem; color: var(--muted); font-variant-numeric: tabular-nums; }
    .opacity input { inline-size: 100%; accent-color: var(--accent); min-block-size: 2.75rem; margin: 0; padding: 0; border: 0; background: none; appearance: auto; }
  `]

  declare url: string
  declare found: Segmented
  declare private off: ReadonlySet<number>
  declare private opacity: number

  constructor() {
    super()
    this.off = new Set()
    this.opacity = OPACITY / 255
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('found')) this.off = hidden(this.found.labels)
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('found') && !changed.has('off')) return
    const { width, height } = this.found
    const canvas = this.renderRoot.querySelector('canvas')
    const context = canvas?.getContext('2d')
    if (!canvas || !context) return
    canvas.width = width
    canvas.height = height
    context.putImageData(tinted(this.found, this.off, 255), 0, 0)
  }

  /** The picture itself where its classes are shown, and nothing elsewhere, as large as it is. */
  private readonly keep = (): void => {
    const picture = this.renderRoot.querySelector('img')
    const shape = document.createElement('canvas')
    const canvas = document.createElement('canvas')
    const [small, context] = [shape.getContext('2d'), canvas.getContext('2d')]
    if (!picture?.naturalWidth || !small || !context) return
    Object.assign(shape, { width: this.found.width, height: this.found.height })
    Object.assign(canvas, { width: picture.naturalWidth, height: picture.naturalHeight })
    small.putImageData(cutOut(this.found, this.off), 0, 0)
    context.imageSmoothingQuality = 'high'
    context.drawImage(shape, 0, 0, canvas.width, canvas.height)
    context.globalCompositeOperation = 'source-in'
    context.drawImage(picture, 0, 0)
    canvas.toBlob((blob) => { if (blob) save('cut-out.png', blob, 'image/png') }, 'image/png')
  }

  private readonly fade = (event: Event): void => { this.opacity = (event.currentTarget as HTMLInputElement).valueAsNumber / 100 }

  /** Without a picture there is nothing to see through to, and nothing to cut out of. */
  private tools(): TemplateResult | typeof nothing {
    if (!this.url) return nothing
    const whole = Math.round(this.opacity * 100)
    return html`<div class="row"><label class="opacity"><span>${t.opacity}</span>${ended(html`<input type="range" min="0" max="100" .value=${String(whole)} @input=${this.fade}>`, share(0, 0), share(1, 0))}<span>${share(this.opacity, 0)}</span></label>
      <button class="button chip" type="button" @click=${this.keep}>${icons.download}${t.cutOut}</button></div>`
  }

  private toggle(index: number): void {
    const next = new Set(this.off)
    if (!next.delete(index)) next.add(index)
    this.off = next
  }

  protected override render(): TemplateResult {
    const { labels, mask, width, height } = this.found
    const tiny = Math.max(width, height) <= 64 ? 'tiny' : ''
    const counts = new Array<number>(labels.length).fill(0)
    for (const index of mask) counts[index] = (counts[index] ?? 0) + 1
    const present = labels.map((label, index) => ({ label, index, share: (counts[index] ?? 0) / (mask.length || 1) })).filter(({ share }) => share > 0)
    return html`<div class="scene" ${cssVar('--ratio', String(width / height))} ${cssVar('--opacity', this.url ? String(this.opacity) : '1')}>${this.url ? html`<img class=${tiny} src=${this.url} alt=${t.scene(present.length)}>` : nothing}<canvas class="tiny" role=${this.url ? nothing : 'img'} aria-hidden=${this.url ? 'true' : nothing} aria-label=${t.mask}></canvas></div>
      ${this.tools()}
      <ul class="found" aria-label=${t.classes}>${present.sort((a, b) => b.share - a.share).map(({ label, index, share }) => html`<li>
        <button class="item" type="button" aria-pressed=${!this.off.has(index)} @click=${() => this.toggle(index)}>
          <span class="swatch" ${cssVar('--swatch', `rgb(${colour(index).join(' ')})`)}></span>${name(label)}<span class="figure">${percent(share)}</span></button></li>`)}</ul>`
  }
}

export function defineMask(): void {
  if (!customElements.get('edgeweb-mask')) customElements.define('edgeweb-mask', Mask)
}
