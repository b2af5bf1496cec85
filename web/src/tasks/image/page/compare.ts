/** The visitor's picture and the one that the model made of it, on top of each other, with a slider between. */
import { css, html, LitElement, type TemplateResult } from 'lit'
import { cssVar } from '../../../page/ui/css-var.js'
import { save } from '../../../page/ui/save.js'
import * as icons from '../../../page/ui/icons.js'
import { image, results as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'

class Compare extends LitElement {
  static override properties = { url: { attribute: false }, image: { attribute: false }, at: { state: true }, size: { state: true } }

  static override styles = [...controls, css`
    :host { display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); }
    /* A picture has its left on the left in every language, and so has what divides it. */
    .scene, label { direction: ltr; }
    .scene { position: relative; justify-self: center; border-radius: var(--radius-small); overflow: hidden; background: var(--sunken); max-inline-size: 100%; }
    canvas { display: block; max-inline-size: 100%; max-block-size: 36rem; min-inline-size: min(100%, 16rem); }
    img { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; clip-path: inset(0 calc(100% - var(--at) * 1%) 0 0); }
    .line { position: absolute; inset-block: 0; left: calc(var(--at) * 1%); inline-size: 2px; margin-left: -1px; background: #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 0.35); pointer-events: none; }
    input[type='range'] { inline-size: 100%; accent-color: var(--accent); min-block-size: 2.75rem; margin: 0; padding: 0; border: 0; background: none; appearance: auto; }
    label { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0.75rem; align-items: center; font-size: 0.875rem; color: var(--muted); }
  `]

  declare url: string
  /** The picture that was made, or a file of it. */
  declare image: ImageData | Blob
  declare private size: { width: number; height: number }
  declare private at: number

  constructor() {
    super()
    this.at = 50
    this.size = { width: 0, height: 0 }
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const canvas = this.renderRoot.querySelector('canvas')
    if (!canvas || !changed.has('image')) return
    void this.paint(canvas, this.image)
  }

  private async paint(canvas: HTMLCanvasElement, image: ImageData | Blob): Promise<void> {
    const drawn = image instanceof Blob ? await createImageBitmap(image) : image
    if (image !== this.image) return
    const { width, height } = this.size = { width: drawn.width, height: drawn.height }
    Object.assign(canvas, { width, height })
    if (drawn instanceof ImageData) return void canvas.getContext('2d')?.putImageData(drawn, 0, 0)
    canvas.getContext('2d')?.drawImage(drawn, 0, 0)
    drawn.close()
  }

  private readonly move = (event: Event): void => { this.at = (event.currentTarget as HTMLInputElement).valueAsNumber }

  private readonly keep = (): void => {
    this.renderRoot.querySelector('canvas')?.toBlob((blob) => { if (blob) save('picture.png', blob, 'image/png') })
  }

  protected override render(): TemplateResult {
    const { width, height } = this.size
    return html`<div class="scene" ${cssVar('--at', String(this.at))}><canvas role="img" aria-label=${t.made(width, height)}></canvas>
        ${this.url ? html`<img src=${this.url} alt=""><span class="line"></span>` : ''}</div>
      ${this.url ? html`<label><span>${t.before}</span><input type="range" min="0" max="100" .value=${String(this.at)} aria-label=${image.slider} @input=${this.move}><span>${t.after}</span></label>` : ''}
      <div class="row"><button class="button chip" type="button" @click=${this.keep}>${icons.download}${t.png}</button></div>`
  }
}

export function defineCompare(): void {
  if (!customElements.get('edgeweb-compare')) customElements.define('edgeweb-compare', Compare)
}
