/** A conversation, or a text that the model goes on with: written word by word, and stopped at any of them. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import { live } from 'lit/directives/live.js'
import type { Manifest, TextProgress } from '../../../shared/api.js'
import { defineCopy } from '../../../page/ui/copy.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { fixed } from '../../../page/ui/format.js'
import { common, results, text } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { plain } from '../../../page/ui/plain.js'
import { chatStyles } from './chat-styles.js'
import { markdown } from './markdown.js'
import { asked, Kept, messages, type Turn } from './turns.js'
import { Settings } from './writes.js'

const { chat: t } = text

/** So near to the end, it is followed. */
const NEAR_PX = 160

class ChatTask extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    turns: { state: true },
    text: { state: true },
    busy: { state: true },
    failed: { state: true },
    heard: { state: true },
    keeps: { state: true },
    edited: { state: true },
  }

  static override styles = [...controls, chatStyles]

  declare manifest: Manifest
  declare session: Session
  declare private turns: readonly Turn[]
  declare private text: string
  declare private busy: boolean
  declare private failed: Failure | null
  /** What is told to who hears the page: whole answers, not every word. */
  declare private heard: string
  /** Whether the conversation stays on the device. */
  declare private keeps: boolean
  /** The turn that is asked anew; those from it on go when it is sent. */
  declare private edited: number | null
  private follows = true
  private shownTurns = 0
  private stopper = new AbortController()
  private settings: Settings | undefined
  private kept: Kept | undefined

  constructor() {
    super()
    Object.assign(this, { turns: [], text: '', busy: false, failed: null, heard: '', keeps: false, edited: null })
  }

  protected override willUpdate(): void {
    if (this.settings) return
    this.settings = new Settings(this.manifest)
    this.kept = new Kept(this.manifest.name)
    const before = this.kept.read()
    if (before) Object.assign(this, { turns: before, keeps: true })
  }

  private get isChat(): boolean {
    return this.manifest.writer?.chat != null
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    this.send()
  }

  private readonly keys = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.busy) return this.stop()
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    this.send()
  }

  private send(): void {
    const { text, edited } = this
    if (this.busy || text.trim() === '') return
    Object.assign(this, { text: '', edited: null })
    void this.write([...this.turns.slice(0, edited ?? undefined), asked(text)], text)
  }

  /** The last question once more. */
  private readonly again = (): void => {
    const last = this.turns.at(-1)
    if (last && !this.busy) void this.write([...this.turns.slice(0, -1), asked(last.asked)])
  }

  private readonly goOn = (): void => {
    if (!this.busy) void this.write(this.turns)
  }

  /** @param typed goes back into the field where it fails. */
  private async write(turns: readonly Turn[], typed = ''): Promise<void> {
    const before = this.turns
    const begun = turns.at(-1)
    if (!begun || !this.settings) return
    const { signal } = (this.stopper = new AbortController())
    this.turns = [...turns.slice(0, -1), { ...begun, ended: '' }]
    Object.assign(this, { busy: true, failed: null, heard: '' })
    const wrote = ({ text: more, tokens, milliseconds }: TextProgress): void => {
      if (!signal.aborted) this.amend({ answer: begun.answer + more, tokens: begun.tokens + tokens, milliseconds: begun.milliseconds + milliseconds })
    }
    const input = this.isChat ? messages(turns, this.settings.system, begun.answer !== '') : begun.asked + begun.answer
    try {
      const result = await this.session.predict(input, signal, { ...this.settings.options, onText: wrote })
      const time = { tokens: begun.tokens + (('tokens' in result && result.tokens) || 0), milliseconds: begun.milliseconds + result.milliseconds }
      const ended = 'finish' in result && result.finish === 'length' && this.settings.full(result.tokens ?? 0) ? 'full' : 'finish' in result ? result.finish : undefined
      if (result.task === 'text') this.amend({ answer: begun.answer + result.text, ...time, ended: ended ?? 'stop', truncated: result.truncated === true })
    } catch (error) {
      if (signal.aborted) this.amend({ ended: 'stopped' })
      else Object.assign(this, { failed: failure(error), turns: before, text: typed })
    } finally {
      this.busy = false
      this.heard = this.failed ? '' : t.answered(this.turns.at(-1)?.answer ?? '')
      this.keep()
    }
  }

  /** Of the last turn. */
  private amend(part: Partial<Turn>): void {
    const last = this.turns.at(-1)
    if (last) this.turns = [...this.turns.slice(0, -1), { ...last, ...part }]
  }

  private keep(): void {
    if (this.keeps && this.kept && !this.kept.write(this.turns)) this.keeps = false
  }

  private readonly switchKeeping = (event: Event): void => {
    this.keeps = (event.currentTarget as HTMLInputElement).checked
    if (this.keeps) this.keep()
    else this.kept?.delete()
  }

  private readonly stop = (): void => {
    this.stopper.abort()
    this.focusField()
  }

  private readonly anew = (): void => {
    this.stopper.abort()
    Object.assign(this, { turns: [], failed: null, heard: '', edited: null })
    this.keep()
    this.focusField()
  }

  private readonly edit = (place: number): void => {
    Object.assign(this, { edited: place, text: this.turns[place]?.asked ?? '' })
    this.focusField()
  }

  private readonly leave = (): void => {
    Object.assign(this, { edited: null, text: '' })
  }

  private focusField(): void {
    this.renderRoot.querySelector<HTMLElement>('#ask')?.focus()
  }

  private readonly scrolled = (event: Event): void => {
    const log = event.currentTarget as HTMLElement
    this.follows = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX
  }

  /** The last words stay in sight, unless the visitor has scrolled up to read. */
  protected override updated(): void {
    const log = this.renderRoot.querySelector('.log')
    if (!log) return
    const added = this.turns.length > this.shownTurns
    this.shownTurns = this.turns.length
    if (added || this.follows) log.scrollTop = log.scrollHeight
  }

  private facts({ tokens, milliseconds, ended }: Turn): string {
    if (tokens === 0) return ended ? '' : this.session.model ? t.reading : common.waiting
    const rate = fixed(tokens / Math.max(0.001, milliseconds / 1000), 1)
    const how = ended === 'stopped' ? ` · ${t.stopped}` : ended === 'length' ? ` · ${t.longest}` : ended === 'full' ? ` · ${t.full}` : ''
    return t.rate(tokens, rate) + how
  }

  private turn(turn: Turn, place: number): TemplateResult {
    const { asked: question, answer, ended, truncated } = turn
    const last = place === this.turns.length - 1
    const said = this.isChat ? ended && answer.trim() === '' ? html`<span class="muted">${results.unwritten}</span>` : html`<div class="marked-up">${guard([answer], () => markdown(answer.trimStart()))}</div>` : html`<span class="given">${question}</span>${answer}`
    return html`${this.isChat ? html`<div class="turn mine"><span class="who">${t.you}</span><div class="said" dir="auto">${question}</div>
          <div class="acts">${this.busy ? nothing : html`<button class="button chip" type="button" @click=${() => this.edit(place)}>${t.edit}</button>`}</div></div>` : nothing}
      <div class="turn"><span class="who">${t.model}</span>${truncated ? html`<p class="note small">${this.isChat ? t.leftOut : text.truncated}</p>` : nothing}
        <div class="said ${this.isChat ? 'formatted' : ''} ${ended ? '' : 'writing'}" dir="auto">${said}</div>
        <div class="facts"><span>${this.facts(turn)}</span>${ended && answer ? html`<edgeweb-copy .label=${t.copy} .text=${answer}></edgeweb-copy>` : nothing}
          ${last && ended && !this.busy ? this.onwards(turn) : nothing}</div></div>`
  }

  private onwards({ ended, answer }: Turn): TemplateResult {
    return html`${ended !== 'stop' && ended !== 'full' && answer ? html`<button class="button chip" type="button" @click=${this.goOn}>${t.goOn}</button>` : nothing}
      <button class="button chip" type="button" @click=${this.again}>${t.again}</button>`
  }

  private form(): TemplateResult {
    const { turns, isChat, edited } = this
    const examples = turns.length ? [] : (this.manifest.text?.examples ?? [])
    return html`<form aria-label=${isChat ? t.ask : t.go} @submit=${this.submit}>
      ${this.failed ? problem(this.failed) : nothing}
      ${examples.length ? html`<div class="chips">${examples.map((each) => html`<button class="button chip" type="button" @click=${() => { this.text = each; this.send() }}>${plain(each, 90)}</button>`)}</div>` : nothing}
      ${edited === null ? nothing : html`<p class="note small">${t.edits} <button class="button chip" type="button" @click=${this.leave}>${t.leave}</button></p>`}
      <div class="field"><label for="ask">${isChat ? t.ask : t.go}</label><textarea id="ask" rows="2" dir="auto" .value=${live(this.text)} @input=${(event: Event) => { this.text = (event.currentTarget as HTMLTextAreaElement).value }} @keydown=${this.keys}></textarea></div>
      <div class="row"><button class="button primary" type="submit" ?disabled=${this.busy}>${t.send}</button>
        ${this.busy ? html`<button class="button" type="button" @click=${this.stop}>${common.stop}</button>` : nothing}
        <label class="keeps"><input type="checkbox" .checked=${live(this.keeps)} @change=${this.switchKeeping}> ${t.keep}</label>
        ${turns.length ? html`<button class="button quiet push" type="button" @click=${this.anew}>${isChat ? t.anew : t.clear}</button>` : nothing}</div>
    </form>`
  }

  protected override render(): TemplateResult {
    const { turns, isChat } = this
    return html`<div class="card talk">
        <div class="log" role="group" tabindex="0" aria-label=${t.log} aria-busy=${this.busy} @scroll=${this.scrolled}>${turns.length ? turns.map((turn, place) => this.turn(turn, place)) : html`<p class="muted">${isChat ? t.empty : t.emptyBase}</p>`}</div>
        ${this.form()}</div>
      ${this.settings?.fields()}
      <p class="visually-hidden" role="status">${this.heard}</p>`
  }
}

export function defineChat(): void {
  defineCopy()
  if (!customElements.get('edgeweb-chat')) customElements.define('edgeweb-chat', ChatTask)
}
