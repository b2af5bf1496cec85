/** A text in, a text out: what a model with a decoder of its own writes about the visitor's, word by word; its languages and how it writes. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { Manifest, TextOptions, TextProgress } from '../../../shared/api.js'
import * as icons from '../../../page/ui/icons.js'
import { fixed } from '../../../page/ui/format.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, InputError, type Failure, type Session } from '../../../page/ui/session.js'
import { common, results, text as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { plain } from '../../../page/ui/plain.js'
import { defineCopy } from '../../../page/ui/copy.js'
import { defineLines } from './batch.js'
import { textStyles } from './styles.js'
import { writingStyles } from './writing-styles.js'

const { writes: w, chat: c } = t

type Setting = 'beams' | 'maxTokens' | 'lengthPenalty' | 'noRepeatNgrams'

const SETTINGS: readonly { name: Setting; min: number; max: number; step: number; label: string; how: string; usual: number }[] = [
  { name: 'beams', min: 1, max: 16, step: 1, label: w.beams, how: w.beamsHow, usual: 1 },
  { name: 'maxTokens', min: 1, max: 4096, step: 1, label: w.maxTokens, how: w.maxTokensHow, usual: 256 },
  { name: 'lengthPenalty', min: -10, max: 10, step: 0.1, label: w.lengthPenalty, how: w.lengthPenaltyHow, usual: 1 },
  { name: 'noRepeatNgrams', min: 0, max: 20, step: 1, label: w.noRepeatNgrams, how: w.noRepeatNgramsHow, usual: 0 },
]

interface Written {
  asked: string
  text: string
  tokens: number
  milliseconds: number
  truncated: boolean
  ended: '' | 'stop' | 'length' | 'stopped'
}

class WritingTask extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    text: { state: true },
    busy: { state: true },
    answer: { state: true },
    failed: { state: true },
    options: { state: true },
  }

  static override styles = [...controls, textStyles, writingStyles]

  declare manifest: Manifest
  declare session: Session
  declare private text: string
  declare private busy: boolean
  declare private answer: Written | null
  declare private failed: Failure | null
  /** What the visitor has set. */
  declare private options: TextOptions
  private stopper = new AbortController()
  private ends: () => void = () => undefined

  constructor() {
    super()
    this.text = ''
    this.busy = false
    this.answer = null
    this.failed = null
    this.options = {}
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.ends = this.session.onRenewal(() => { if (this.answer && this.answer.asked === this.text) void this.write() })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.ends()
    this.stopper.abort()
  }

  private get kind(): 'answer' | 'summary' | 'translation' {
    return written(this.manifest)
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    void this.write()
  }

  private readonly keys = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.busy) return this.stop()
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return
    event.preventDefault()
    void this.write()
  }

  /** What was asked before is no longer waited for. */
  private async write(): Promise<void> {
    const asked = this.text
    this.stopper.abort()
    const { signal } = (this.stopper = new AbortController())
    const answer: Written = { asked, text: '', tokens: 0, milliseconds: 0, truncated: false, ended: '' }
    const amend = (part: Partial<Written>): void => { if (signal === this.stopper.signal) this.answer = { ...(this.answer ?? answer), ...part } }
    Object.assign(this, { busy: true, failed: null, answer })
    try {
      if (asked.trim() === '') throw new InputError(t.nothing, t.nothingHint)
      const onText = ({ text, tokens, milliseconds }: TextProgress): void => { if (!signal.aborted) amend({ text, tokens, milliseconds }) }
      const result = await this.session.predict(asked, signal, { ...this.options, onText })
      if (result.task === 'text') amend({ text: result.text, ended: result.finish ?? 'stop', truncated: result.truncated === true })
    } catch (error) {
      if (signal.aborted) amend({ ended: 'stopped' })
      else Object.assign(this, { failed: failure(error), answer: null })
    } finally {
      if (signal === this.stopper.signal) this.busy = false
    }
  }

  private readonly stop = (): void => {
    this.stopper.abort()
    this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
  }

  private set(name: Setting, event: Event): void {
    const field = event.currentTarget as HTMLInputElement
    if (field.value !== '' && field.checkValidity()) this.options = { ...this.options, [name]: Number(field.value) }
  }

  private readonly speak = (name: 'source' | 'language', code: string): void => {
    const { [name]: _, ...others } = this.options
    this.options = code === '' ? others : { ...others, [name]: code }
  }

  private most({ name, max }: (typeof SETTINGS)[number]): number {
    return name === 'maxTokens' ? Math.min(max, this.manifest.writer?.limit ?? max) : max
  }

  private usual({ name, usual }: (typeof SETTINGS)[number]): number {
    const { sampling, start = [] } = this.manifest.writer ?? {}
    const { maxLength } = sampling ?? {}
    return name === 'maxTokens' && maxLength != null ? Math.max(1, maxLength - start.length) : (sampling?.[name] ?? usual)
  }

  private languages(): TemplateResult | typeof nothing {
    const { languages } = this.manifest.text ?? {}
    if (languages == null) return nothing
    const names = typeof Intl.DisplayNames === 'function' ? new Intl.DisplayNames([document.documentElement.lang || 'en'], { type: 'language', fallback: 'none' }) : undefined
    const codes = Object.keys(languages.ids).map((code) => ({ code, shown: named(code, names) })).sort((a, b) => a.shown.localeCompare(b.shown))
    const choice = (name: 'source' | 'language', label: string, usual: string | null | undefined): TemplateResult => html`<div class="field"><label for=${name}>${label}</label>
      <select id=${name} @change=${(event: Event) => this.speak(name, (event.currentTarget as HTMLSelectElement).value)}>
        ${usual == null ? html`<option value="">${w.own}</option>` : nothing}
        ${codes.map(({ code, shown }) => html`<option value=${code} ?selected=${code === usual}>${shown}</option>`)}</select></div>`
    return html`<div class="pair">${choice('source', w.from, languages.source)}${choice('language', w.into, languages.target)}</div>`
  }

  private settings(): TemplateResult {
    return html`<details class="card how"><summary>${c.settings}${icons.chevron}</summary><div class="grid">${SETTINGS.map((each) => html`<div class="field">
      <label for=${each.name}>${each.label}</label><input id=${each.name} type="number" inputmode="decimal" min=${each.min} max=${this.most(each)} step=${each.step} aria-describedby="${each.name}-how"
        .value=${String(this.usual(each))} @input=${(event: Event) => this.set(each.name, event)}><span id="${each.name}-how" class="muted small">${each.how}</span></div>`)}</div></details>`
  }

  private examples(): TemplateResult | typeof nothing {
    const texts = this.manifest.text?.examples ?? []
    if (texts.length === 0) return nothing
    return html`<div class="examples" role="group" aria-label=${t.examples}><p class="muted small">${t.examples}</p><div class="chips">${texts.map((text) => html`<button class="button chip" type="button"
      @click=${() => { this.text = text; void this.write() }}><span>${plain(text, 90)}</span></button>`)}</div></div>`
  }

  private facts({ tokens, milliseconds, ended }: Written): string {
    if (tokens === 0) return ended ? '' : this.session.model ? c.reading : common.waiting
    const how = ended === 'stopped' ? ` · ${c.stopped}` : ended === 'length' ? ` · ${c.longest}` : ''
    return c.rate(tokens, fixed(tokens / Math.max(0.001, milliseconds / 1000), 1)) + how
  }

  private shown(): TemplateResult {
    if (this.failed) return problem(this.failed)
    const { answer } = this
    if (!answer) return html`<p class="muted">${t.resultHere}</p>`
    const stale = !this.busy && answer.asked !== this.text
    return html`${stale ? html`<p class="small note">${common.stale}</p>` : nothing}${answer.truncated ? html`<p class="note small">${t.truncated}</p>` : nothing}
      ${answer.ended && answer.text.trim() === '' ? html`<p class="muted">${results.unwritten}</p>` : html`<p class="written ${answer.ended ? '' : 'writing'} ${stale ? 'stale' : ''}" dir="auto">${answer.text}</p>`}
      <div class="facts"><span>${this.facts(answer)}</span>${answer.ended && answer.text ? html`<edgeweb-copy .label=${c.copy} .text=${answer.text}></edgeweb-copy>` : nothing}</div>`
  }

  protected override render(): TemplateResult {
    const { prompt = '' } = this.manifest.text ?? {}
    return html`<div class="card both"><form class="ask" aria-label=${t.text} @submit=${this.submit}>
        ${this.languages()}
        <div class="field"><label for="text">${t.text}</label><textarea id="text" class="prose" dir="auto" placeholder=${t.placeholder} .value=${live(this.text)}
          @input=${(event: Event) => { this.text = (event.currentTarget as HTMLTextAreaElement).value }} @keydown=${this.keys}></textarea>
          ${prompt ? html`<span class="muted small">${w.prefix(plain(prompt, 120))}</span>` : nothing}</div>
        <div class="row"><button class="button primary" type="submit">${w.run[this.kind]}</button>
          ${this.busy ? html`<button class="button" type="button" @click=${this.stop}>${common.stop}</button>` : html`<span class="keys" aria-hidden="true">${t.keys}</span>`}</div>
        ${this.examples()}
      </form>
      <section class="answer" aria-label=${common.result} aria-busy=${this.busy}><h2>${common.result}</h2>${this.shown()}</section></div>
      ${this.settings()}
      <p class="visually-hidden" role="status">${this.busy || !this.answer ? '' : c.answered(this.answer.text.trim() || results.unwritten)}</p>
      <edgeweb-lines .manifest=${this.manifest} .session=${this.session} .form=${'text'} .options=${this.options}></edgeweb-lines>`
  }
}

/** What a site's texts are, by its task. */
export function written({ task }: Manifest): 'answer' | 'summary' | 'translation' {
  return task === 'translation' ? 'translation' : task === 'summarization' ? 'summary' : 'answer'
}

/** A language in the visitor's own, behind which stands the tokenizer's word for it. */
function named(code: string, names: Intl.DisplayNames | undefined): string {
  const [, language = ''] = /^(?:__|>>)?([a-z]{2,3})/.exec(code) ?? []
  const found = language && names?.of(language)
  return found && found !== language ? `${found} (${code})` : code
}

export function defineWriting(): void {
  defineCopy()
  defineLines()
  if (!customElements.get('edgeweb-writing')) customElements.define('edgeweb-writing', WritingTask)
}
