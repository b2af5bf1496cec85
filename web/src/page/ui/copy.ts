/** A button that copies a text, and says whether it could. */
import { html, LitElement, type TemplateResult } from 'lit'
import { common } from './strings.gen.js'
import { controls } from './styles.js'

class CopyButton extends LitElement {
  static override properties = { text: { attribute: false }, label: { attribute: false }, said: { state: true } }
  static override styles = [...controls]

  declare text: string
  declare label: string
  declare private said: string

  constructor() {
    super()
    this.said = ''
  }

  private readonly copy = async (): Promise<void> => {
    this.said = await navigator.clipboard.writeText(this.text).then(() => common.copied, () => common.notCopied)
  }

  protected override render(): TemplateResult {
    return html`<button class="button chip" type="button" @click=${this.copy}>${this.label}</button> <span class="muted small" role="status">${this.said}</span>`
  }
}

export function defineCopy(): void {
  if (!customElements.get('edgeweb-copy')) customElements.define('edgeweb-copy', CopyButton)
}
