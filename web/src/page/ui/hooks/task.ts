/** Any site with its own Python: the input that its hooks take, one button, and what they return. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Manifest, Result, Row } from '../../../shared/api.js'
import { barStyles } from '../bars.js'
import { problem } from '../problem.js'
import { failure, type Failure, type Session } from '../session.js'
import { strings } from '../strings.js'
import { controls } from '../styles.js'
import { columnsOf, filePicker, NOTHING, rowFields, textField, type Given } from './input.js'
import { shown } from './result.js'
import { hookStyles } from './styles.js'

const { hooks: t } = strings

class HooksTask extends LitElement {
  static override properties = {
    manifest: { attribute: false }, session: { attribute: false },
    given: { state: true }, busy: { state: true }, failed: { state: true }, result: { state: true }, all: { state: true }, over: { state: true },
  }

  static override styles = [...controls, barStyles, hookStyles]

  declare manifest: Manifest
  declare session: Session
  declare private given: Given
  declare private busy: boolean
  declare private failed: Failure | null
  declare private result: Result | null
  declare private all: boolean
  declare private over: boolean
  private stopper = new AbortController()

  constructor() {
    super()
    this.given = NOTHING
    this.busy = false
    this.failed = null
    this.result = null
    this.all = false
    this.over = false
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    if (this.given.url) URL.revokeObjectURL(this.given.url)
  }

  private get kind(): NonNullable<Manifest['hooks']>['input'] {
    return this.manifest.hooks?.input ?? 'file'
  }

  private take(file: File): void {
    if (this.given.url) URL.revokeObjectURL(this.given.url)
    const url = this.kind === 'image' || this.kind === 'audio' ? URL.createObjectURL(file) : ''
    this.given = { input: file, name: file.name, url }
    void this.run()
  }

  private readonly onDrag = (event: DragEvent): void => {
    if (!['image', 'audio', 'file'].includes(this.kind)) return
    event.preventDefault()
    this.over = event.type === 'dragover'
    const [file] = event.type === 'drop' ? (event.dataTransfer?.files ?? []) : []
    if (file) this.take(file)
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    void this.run()
  }

  private async run(): Promise<void> {
    const { input } = this.given
    if (input === null || this.busy) return
    this.busy = true
    this.failed = null
    this.result = null
    const { signal } = (this.stopper = new AbortController())
    try {
      this.result = await this.session.predict(input, signal)
    } catch (error) {
      if (!signal.aborted) this.failed = failure(error)
    } finally {
      this.busy = false
    }
  }

  private source(): TemplateResult {
    const set = (input: string | Row): void => { this.given = { ...NOTHING, input } }
    if (this.kind === 'text') return textField(set)
    if (this.kind === 'row') return rowFields(columnsOf(this.manifest), (this.given.input ?? {}) as Row, set)
    return filePicker(this.kind, this.given, (file) => this.take(file))
  }

  private answer(): TemplateResult {
    if (this.failed) return problem(this.failed)
    if (this.result) return shown(this.result, this.all, () => { this.all = !this.all })
    return html`<p class="muted">${t.placeholder}</p>`
  }

  protected override render(): TemplateResult {
    const waiting = this.session.model ? strings.working : strings.waiting
    return html`<form class="card part ${this.over ? 'over' : ''}" @submit=${this.submit} @dragover=${this.onDrag} @dragleave=${this.onDrag} @drop=${this.onDrag}>
        ${this.source()}
        <div class="run"><button class="button primary" type="submit" ?disabled=${this.busy || this.given.input === null}>${t.run}</button>
          ${this.busy ? html`<button class="button" type="button" @click=${() => this.stopper.abort()}>${strings.stop}</button>` : nothing}
          <p class="muted small" role="status">${this.busy ? waiting : this.result ? t.done : ''}</p></div>
      </form>
      <section class="card part answer" aria-label=${strings.result}>${this.answer()}</section>`
  }
}

export function define(): void {
  if (!customElements.get('edgeweb-hooks')) customElements.define('edgeweb-hooks', HooksTask)
}
