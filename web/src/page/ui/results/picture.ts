/** A picture that the site's Python made, to look at and to keep. */
import { css, html, LitElement, type TemplateResult } from 'lit'
import { save } from '../save.js'
import * as icons from '../icons.js'
import { results as t } from '../strings.gen.js'
import { controls } from '../styles.js'

class PictureResult extends LitElement {
  static override properties = { image: { attribute: false } }
  static override styles = [...controls, css`
    :host { display: grid; gap: 0.75rem; justify-items: center; }
    canvas { display: block; max-inline-size: 100%; border-radius: var(--radius-small); background: var(--sunken); }
    canvas.tiny { inline-size: min(100%, 20rem); image-rendering: pixelated; }
    .button { justify-self: start; }
  `]

  declare image: ImageData

  protected override updated(): void {
    const canvas = this.renderRoot.querySelector('canvas')
    if (!canvas) return
    canvas.width = this.image.width
    canvas.height = this.image.height
    canvas.getContext('2d')?.putImageData(this.image, 0, 0)
  }

  private readonly keep = (): void => {
    this.renderRoot.querySelector('canvas')?.toBlob((blob) => { if (blob) save('picture.png', blob, 'image/png') })
  }

  protected override render(): TemplateResult {
    const { width, height } = this.image
    return html`<canvas class=${Math.max(width, height) <= 64 ? 'tiny' : ''} role="img" aria-label=${t.made(width, height)}></canvas>
      <button class="button chip" type="button" @click=${this.keep}>${icons.download}${t.png}</button>`
  }
}

export function definePicture(): void {
  if (!customElements.get('edgeweb-picture')) customElements.define('edgeweb-picture', PictureResult)
}
