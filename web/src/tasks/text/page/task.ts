/** Texts in: one text with its answer beside it, or two that belong together. What writes has an interface of its own. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { Manifest, Result } from '../../../shared/api.js'
import { scoring } from '../../../page/ui/claims.js'
import { barStyles } from '../../../page/ui/results/bars.js'
import { valueStyles } from '../../../page/ui/results/values.js'
import { defineCopy } from '../../../page/ui/copy.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, InputError, type Failure, type Session } from '../../../page/ui/session.js'
import { common, text as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { plain } from '../../../page/ui/plain.js'
import { defineLines } from './batch.js'
import { formOf, isTwofold, labelsIn, questionOf, type Form } from './form.js'
import { said, shown, type Asked } from './shown.js'
import { textStyles } from './styles.js'

class TextTask extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    text: { state: true },
    others: { state: true },
    several: { state: true },
    busy: { state: true },
    result: { state: true },
    failed: { state: true },
    all: { state: true },
  }

  static override styles = [...controls, barStyles, valueStyles, textStyles]

  declare manifest: Manifest
  declare session: Session
  declare private text: string
  declare private others: string
  /** Whether more than one of the visitor's labels may be true. */
  declare private several: boolean
  declare private busy: boolean
  declare private result: Result | null
  declare private failed: Failure | null
  declare private all: boolean
  /** What the result is about. */
  private asked: Asked & { several: boolean } = { text: '', others: '', several: false, blank: '', scoring: 'told' }
  private stopper = new AbortController()
  private turns = 0
  private ends: () => void = () => undefined

  constructor() {
    super()
    this.text = ''
    this.others = ''
    this.several = false
    this.busy = false
    this.result = null
    this.failed = null
    this.all = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.ends = this.session.onRenewal(() => { if (this.result && !this.stale) void this.run() })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.ends()
  }

  private get kind(): Form {
    return formOf(this.manifest)
  }

  private get stale(): boolean {
    return this.text !== this.asked.text || this.others !== this.asked.others || this.several !== this.asked.several
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    void this.run()
  }

  private readonly keys = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return
    event.preventDefault()
    void this.run()
  }

  /** What was asked before is no longer waited for. */
  private async run(): Promise<void> {
    const { text, others, several, kind } = this
    const turn = ++this.turns
    if (!this.busy) this.stopper = new AbortController()
    const { signal } = this.stopper
    this.busy = true
    this.failed = null
    this.all = false
    try {
      if (text.trim() === '') throw new InputError(t.nothing, t.nothingHint)
      const question = questionOf(kind, text, others, several)
      if (question === undefined) throw new InputError(isTwofold(kind) ? t.nothingElse[kind] : t.nothing, t.nothingHint)
      const result = await this.session.predict(question[0], signal, question[1])
      if (turn !== this.turns) return
      const { text: pipeline, language } = this.manifest
      this.asked = { text, others, several, blank: kind === 'fill' ? (pipeline?.blank?.text ?? '') : '', pieces: language?.pieces ?? '', scoring: kind === 'labels' && several ? 'each' : scoring(this.manifest) }
      this.result = result
    } catch (error) {
      if (turn !== this.turns) return
      this.result = null
      this.failed = signal.aborted ? null : failure(error)
    } finally {
      if (turn === this.turns) this.busy = false
    }
  }

  private readonly stop = (): void => {
    this.stopper.abort()
    this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
  }

  /** A blank where the cursor is. */
  private readonly insert = (): void => {
    const field = this.renderRoot.querySelector('textarea')
    if (!field) return
    field.setRangeText('___', field.selectionStart, field.selectionEnd, 'end')
    this.text = field.value
    field.focus()
  }

  private readonly example = (text: string): void => {
    this.text = text
    void this.run()
  }

  private field(id: string, label: string, value: string, placeholder: string, change: (text: string) => void, low = false): TemplateResult {
    return html`<div class="field"><label for=${id}>${label}</label><textarea id=${id} class="prose ${low ? 'low' : ''}" dir="auto" placeholder=${placeholder}
      .value=${live(value)} @input=${(event: Event) => change((event.currentTarget as HTMLTextAreaElement).value)} @keydown=${this.keys}></textarea></div>`
  }

  private examples(): TemplateResult | typeof nothing {
    const texts = this.manifest.text?.examples ?? []
    if (texts.length === 0) return nothing
    return html`<div class="examples" role="group" aria-label=${t.examples}><p class="muted small">${t.examples}</p><div class="chips">${texts.map((text) => html`<button class="button chip" type="button" @click=${() => this.example(text)}><span>${plain(text, 90)}</span></button>`)}</div></div>`
  }

  private answer(): TemplateResult {
    if (this.failed) return problem(this.failed)
    if (this.busy) return html`<p class="muted">${this.session.model ? common.working : common.waiting}</p>`
    const { result, asked } = this
    if (!result) return html`<p class="muted">${t.resultHere}</p>`
    const found = shown(result, asked, this.all, () => { this.all = !this.all })
    return this.stale ? html`<p class="small note">${common.stale}</p><div class="stale">${found}</div>` : found
  }

  private fields(kind: Form): TemplateResult {
    const first = (text: string): void => { this.text = text }
    const second = (text: string): void => { this.others = text }
    switch (kind) {
      case 'answers': return html`${this.field('text', t.question, this.text, t.questionPlaceholder, first, true)}
        ${this.field('others', t.context, this.others, t.contextPlaceholder, second)}`
      case 'labels': return html`${this.field('text', t.text, this.text, t.placeholder, first)}
        ${this.field('others', t.ownLabels, this.others, t.ownLabelsPlaceholder, second, true)}
        <label class="check"><input type="checkbox" .checked=${live(this.several)} @change=${(event: Event) => { this.several = (event.currentTarget as HTMLInputElement).checked }}>${t.severalLabels}</label>`
      case 'ranking': return html`${this.field('text', t.query, this.text, t.questionPlaceholder, first, true)}
        ${this.field('others', t.passages, this.others, t.passagesPlaceholder, second)}`
      case 'embedding': return html`${this.field('text', t.text, this.text, t.placeholder, first)}
        ${this.field('others', t.others, this.others, t.othersPlaceholder, second, true)}`
      case 'fill': return this.field('text', t.sentence, this.text, t.placeholderBlank, first)
      default: return this.field('text', t.text, this.text, t.placeholder, first)
    }
  }

  private batch(kind: Form): TemplateResult | typeof nothing {
    if (kind !== 'classification' && kind !== 'regression' && kind !== 'answers' && kind !== 'labels') return nothing
    const asks = kind === 'labels' ? { labels: labelsIn(this.others), several: this.several } : {}
    return html`<edgeweb-lines .manifest=${this.manifest} .session=${this.session} .form=${kind} .asks=${asks}></edgeweb-lines>`
  }

  protected override render(): TemplateResult {
    const { kind } = this
    const fill = kind === 'fill'
    return html`<div class="card both"><form class="ask" aria-label=${fill ? t.sentence : t.text} @submit=${this.submit}>
        ${this.fields(kind)}
        <div class="row"><button class="button primary" type="submit">${t.run[kind]}</button>
          ${fill ? html`<button class="button" type="button" @click=${this.insert}>${t.blank}</button>` : nothing}
          ${this.busy ? html`<button class="button" type="button" @click=${this.stop}>${common.stop}</button>` : html`<span class="keys" aria-hidden="true">${t.keys}</span>`}</div>
        ${this.examples()}
      </form>
      <section class="answer" aria-label=${common.result} aria-busy=${this.busy}><h2>${common.result}</h2>${this.answer()}</section></div>
      <p class="visually-hidden" role="status">${this.busy || !this.result ? '' : `${common.result}: ${said(this.result, this.asked)}`}</p>
      ${this.batch(kind)}`
  }
}

export function define(): void {
  defineCopy()
  defineLines()
  if (!customElements.get('edgeweb-text')) customElements.define('edgeweb-text', TextTask)
}
