/** A picture whose pixels were told apart: each class in a colour over it, and a list that shows and hides them. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { cssVar } from '../css-var.js'
import { percent } from '../format.js'
import { strings } from '../strings.js'
import { controls } from '../styles.js'
import { name } from '../text.js'
import { foundStyles, sceneStyles } from './found.js'

const { hooks: t } = strings
/** Told apart also by people who see red and green alike (Okabe and Ito), then again from the first. */
const COLOURS = [[0, 114, 178], [230, 159, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [213, 94, 0], [240, 228, 66], [90, 90, 90]] as const
const OPACITY = 150
const BEHIND = /^(_*background_*|bg|none|void|unlabell?ed)$/i

export interface Segmented {
  width: number
  height: number
  mask: Uint8Array
  labels: string[]
}

const colour = (index: number): readonly [number, number, number] => COLOURS[index % COLOURS.length] ?? COLOURS[0]

class Mask extends LitElement {
  static override properties = { url: { attribute: false }, found: { attribute: false }, off: { state: true } }

  static override styles = [...controls, foundStyles, sceneStyles, css`
    .item { grid-template-columns: 1rem minmax(0, 1fr) auto; align-items: center; gap: 0.625rem; }
    .item[aria-pressed='true'] { background: none; border-color: transparent; }
    .item[aria-pressed='false'] { color: var(--muted); text-decoration: line-through; }
    .swatch { inline-size: 1rem; block-size: 1rem; border-radius: 4px; border: 1px solid var(--line-strong); background: var(--swatch); }
    .item[aria-pressed='false'] .swatch { background: none; }
  `]

  declare url: string
  declare found: Segmented
  declare private off: ReadonlySet<number>

  constructor() {
    super()
    this.off = new Set()
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('found')) this.off = new Set(this.found.labels.flatMap((label, i) => (BEHIND.test(label) ? [i] : [])))
  }

  protected override updated(): void {
    const { width, height, mask } = this.found
    const canvas = this.renderRoot.querySelector('canvas')
    const context = canvas?.getContext('2d')
    if (!canvas || !context) return
    canvas.width = width
    canvas.height = height
    const image = context.createImageData(width, height)
    mask.forEach((index, at) => {
      if (!this.off.has(index)) image.data.set([...colour(index), OPACITY], at * 4)
    })
    context.putImageData(image, 0, 0)
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
    return html`<div class="scene" ${cssVar('--ratio', String(width / height))}>${this.url ? html`<img class=${tiny} src=${this.url} alt=${t.scene(present.length)}>` : nothing}<canvas class="tiny" role=${this.url ? nothing : 'img'} aria-hidden=${this.url ? 'true' : nothing} aria-label=${t.mask}></canvas></div>
      <ul class="found" aria-label=${t.classes}>${present.sort((a, b) => b.share - a.share).map(({ label, index, share }) => html`<li>
        <button class="item" type="button" aria-pressed=${!this.off.has(index)} @click=${() => this.toggle(index)}>
          <span class="swatch" ${cssVar('--swatch', `rgb(${colour(index).join(' ')})`)}></span>${name(label)}<span class="figure">${percent(share)}</span></button></li>`)}</ul>`
  }
}

export function defineMask(): void {
  if (!customElements.get('edgeweb-mask')) customElements.define('edgeweb-mask', Mask)
}
