/** Any site with its own Python: the input that its hooks take, one button, and what they return. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Manifest, Result, Row, Segment } from '../../../shared/api.js'
import { barStyles } from '../../../page/ui/results/bars.js'
import { defineCopy } from '../../../page/ui/copy.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { common, hooks as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { examples } from '../../../page/ui/results/examples.js'
import { columnsOf, filePicker, NOTHING, parsed, rowFields, textField, type Given } from './input.js'
import { defineResults, said, shown, taken } from './result.js'
import { hookStyles } from './styles.js'

class HooksTask extends LitElement {
  static override properties = {
    manifest: { attribute: false }, session: { attribute: false }, urls: { attribute: false }, files: { attribute: false }, own: { attribute: false },
    given: { state: true }, busy: { state: true }, failed: { state: true }, result: { state: true }, all: { state: true }, over: { state: true }, asked: { state: true },
  }

  static override styles = [...controls, barStyles, hookStyles]

  declare manifest: Manifest
  declare session: Session
  /** From each example's path to a blob: URL, and to the file itself; null until they are there. */
  declare urls: ReadonlyMap<string, string> | null
  declare files: ReadonlyMap<string, Blob> | null
  declare own: boolean
  declare private given: Given
  /** What the result is about: the fields may have changed since. */
  declare private asked: Given
  declare private busy: boolean
  declare private failed: Failure | null
  declare private result: Result | null
  declare private all: boolean
  declare private over: boolean
  private stopper = new AbortController()
  /** How often the hooks were asked; only the last answer is shown. */
  private turns = 0
  private dropTarget: EventTarget = this

  constructor() {
    super()
    this.given = this.asked = NOTHING
    this.busy = this.all = this.over = false
    this.failed = null
    this.result = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // On the site's own page the whole window takes drops; elsewhere they may be meant for the page around.
    this.dropTarget = this.own ? document : this
    for (const type of ['dragover', 'dragleave', 'drop']) this.dropTarget.addEventListener(type, this.onDrag)
    document.addEventListener('paste', this.onPaste)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const type of ['dragover', 'dragleave', 'drop']) this.dropTarget.removeEventListener(type, this.onDrag)
    document.removeEventListener('paste', this.onPaste)
    if (this.given.url) URL.revokeObjectURL(this.given.url)
  }

  private get kind(): NonNullable<Manifest['hooks']>['input'] {
    return this.manifest.hooks?.input ?? 'file'
  }

  /** A file that was dropped, pasted or picked: what the hooks get, or the content of the fields. */
  private async take(file: File): Promise<void> {
    const { kind } = this
    if (this.given.url) URL.revokeObjectURL(this.given.url)
    const url = kind === 'image' || kind === 'audio' ? URL.createObjectURL(file) : ''
    const input = kind === 'text' ? await file.text() : kind === 'row' ? parsed(await file.text()) : file
    this.given = { input, name: file.name, url }
    await this.run()
  }

  private readonly onDrag = (event: Event): void => {
    const drag = event as DragEvent
    if (!drag.dataTransfer?.types.includes('Files')) return
    drag.preventDefault()
    this.over = drag.type === 'dragover'
    const [file] = drag.type === 'drop' ? drag.dataTransfer.files : []
    if (file) void this.take(file)
  }

  private readonly onPaste = (event: ClipboardEvent): void => {
    const [file] = event.clipboardData?.files ?? []
    if (!file || event.defaultPrevented) return
    event.preventDefault()
    void this.take(file)
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    void this.run()
  }

  private async run(): Promise<void> {
    const { given } = this
    if (given.input === null) return
    // An input before this one is worked on to its end: to stop it would end Python, and what it keeps would be gone.
    if (!this.busy) this.stopper = new AbortController()
    const { signal } = this.stopper
    const turn = ++this.turns
    this.busy = true
    this.failed = null
    this.result = null
    this.all = false
    try {
      const result = await this.session.predict(given.input, signal)
      if (turn === this.turns) Object.assign(this, { result, asked: given })
    } catch (error) {
      if (turn === this.turns) this.failed = failure(error)
    } finally {
      if (turn === this.turns) this.busy = false
    }
  }

  private readonly stop = (): void => {
    this.turns++
    this.stopper.abort()
    this.busy = false
  }

  /** What Python kept of earlier inputs goes, and what the page shows of them. */
  private readonly restart = async (): Promise<void> => {
    this.stop()
    this.result = null
    this.failed = await (await this.session.ready()).reset().then(() => null, failure)
  }

  private readonly play = ({ detail }: CustomEvent<Segment>): void => {
    const audio = this.renderRoot.querySelector('audio')
    if (!audio) return
    audio.currentTime = detail.start
    void audio.play().catch(() => undefined)
  }

  private source(): TemplateResult {
    const set = (input: string | Row): void => { this.given = { ...NOTHING, input } }
    const { input } = this.given
    if (this.kind === 'text') return textField(typeof input === 'string' ? input : '', set)
    if (this.kind === 'row') return rowFields(columnsOf(this.manifest), this.given, set)
    return filePicker(this.kind, this.given, (file) => void this.take(file))
  }

  private answer(): TemplateResult {
    if (this.failed) return problem(this.failed)
    if (!this.result) return html`<p class="muted">${t.placeholder}</p>`
    const copied = taken(this.result)
    return html`${shown(this.result, this.asked, this.manifest, this.all, () => { this.all = !this.all })}
      ${copied ? html`<edgeweb-copy .label=${copied.label} .text=${copied.text}></edgeweb-copy>` : nothing}`
  }

  protected override render(): TemplateResult {
    const waiting = this.session.model ? common.working : common.waiting
    const { urls, files } = this
    return html`<form class="card part ${this.over ? 'over' : ''}" @submit=${this.submit}>
        ${this.source()}
        <div class="run"><button class="button primary" type="submit" ?disabled=${this.busy || this.given.input === null}>${t.run}</button>
          ${this.busy ? html`<button class="button" type="button" @click=${this.stop}>${common.stop}</button>` : nothing}
          ${this.manifest.hooks?.functions.includes('reset') ? html`<button class="button quiet" type="button" title=${t.restartHow} @click=${this.restart}>${t.restart}</button>` : nothing}
          <p class="muted small ${this.busy ? '' : 'visually-hidden'}" role="status">${this.busy ? waiting : this.result ? said(this.result, this.manifest) : ''}</p></div>
        ${examples(this.kind, { paths: this.manifest.examples ?? [], urls, files }, (file) => void this.take(file))}
      </form>
      <section class="card part answer" aria-label=${common.result} aria-busy=${this.busy} @edgeweb-play=${this.play}>${this.answer()}</section>`
  }
}

export function define(): void {
  defineCopy()
  defineResults()
  if (!customElements.get('edgeweb-hooks')) customElements.define('edgeweb-hooks', HooksTask)
}
