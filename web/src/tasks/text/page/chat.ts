/** A conversation, or a text that the model goes on with: written word by word, and stopped at any of them. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { Manifest, Message, TextProgress } from '../../../shared/api.js'
import * as icons from '../../../page/ui/icons.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { fixed } from '../../../page/ui/format.js'
import { common, text } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { plain } from '../../../page/ui/plain.js'
import { chatStyles } from './styles.js'

const { chat: t } = text

interface Turn {
  asked: string
  answer: string
  tokens: number
  milliseconds: number
  /** What ended it: still writing, its own end, the longest, the visitor. */
  ended: '' | 'stop' | 'length' | 'stopped'
}

type Setting = 'temperature' | 'topK' | 'topP' | 'maxTokens'

const SETTINGS: readonly { name: Setting; max: number; step: number; min: number; label: string; how: string }[] = [
  { name: 'temperature', min: 0, max: 2, step: 0.1, label: t.temperature, how: t.temperatureHow },
  { name: 'topK', min: 0, max: 1000, step: 1, label: t.topK, how: t.topKHow },
  { name: 'topP', min: 0, max: 1, step: 0.05, label: t.topP, how: t.topPHow },
  { name: 'maxTokens', min: 1, max: 4096, step: 1, label: t.maxTokens, how: t.maxTokensHow },
]
const USUAL: Record<Setting, number> = { temperature: 0, topK: 0, topP: 1, maxTokens: 128 }

class ChatTask extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    turns: { state: true },
    text: { state: true },
    busy: { state: true },
    failed: { state: true },
    heard: { state: true },
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
  /** What the visitor has set. The fields hold it: to write it back would disturb who types. */
  private readonly chosen: Partial<Record<Setting, number>> = {}
  private stopper = new AbortController()

  constructor() {
    super()
    this.turns = []
    this.text = ''
    this.busy = false
    this.failed = null
    this.heard = ''
  }

  private get isChat(): boolean {
    return this.manifest.writer?.chat != null
  }

  private setting(name: Setting): number {
    return this.chosen[name] ?? this.usual(name)
  }

  private usual(name: Setting): number {
    return this.manifest.writer?.sampling?.[name] ?? USUAL[name]
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    void this.write()
  }

  private readonly keys = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.busy) return this.stop()
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    void this.write()
  }

  private async write(): Promise<void> {
    const asked = this.text
    if (this.busy || asked.trim() === '') return
    const history = this.turns.flatMap(({ asked: content, answer }): Message[] => [{ role: 'user', content }, { role: 'assistant', content: answer }])
    const { signal } = (this.stopper = new AbortController())
    this.turns = [...this.turns, { asked, answer: '', tokens: 0, milliseconds: 0, ended: '' }]
    Object.assign(this, { busy: true, failed: null, text: '', heard: '' })
    const options = { ...Object.fromEntries(SETTINGS.map(({ name }) => [name, this.setting(name)])), ...(this.isChat ? { history } : {}), onText: this.wrote }
    try {
      const result = await this.session.predict(asked, signal, options)
      if (result.task === 'text') this.amend({ answer: result.text, ended: result.finish ?? 'stop' })
    } catch (error) {
      if (signal.aborted) this.amend({ ended: 'stopped' })
      else {
        this.failed = failure(error)
        this.turns = this.turns.slice(0, -1)
        this.text = asked
      }
    } finally {
      this.busy = false
      this.heard = this.failed ? '' : t.answered(this.turns.at(-1)?.answer ?? '')
    }
  }

  /** Of the last turn. */
  private amend(part: Partial<Turn>): void {
    const last = this.turns.at(-1)
    if (last) this.turns = [...this.turns.slice(0, -1), { ...last, ...part }]
  }

  private readonly wrote = ({ text, tokens, milliseconds }: TextProgress): void => {
    if (this.busy && !this.stopper.signal.aborted) this.amend({ answer: text, tokens, milliseconds })
  }

  private readonly stop = (): void => {
    this.stopper.abort()
    this.focusField()
  }

  private readonly anew = (): void => {
    this.stopper.abort()
    Object.assign(this, { turns: [], failed: null, heard: '' })
    this.focusField()
  }

  private focusField(): void {
    this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
  }

  /** The last words stay in sight, unless the visitor has scrolled up to read. */
  protected override updated(): void {
    const log = this.renderRoot.querySelector('.log')
    if (log && this.busy && log.scrollHeight - log.scrollTop - log.clientHeight < 160) log.scrollTop = log.scrollHeight
  }

  private readonly change = (name: Setting, event: Event): void => {
    const field = event.currentTarget as HTMLInputElement
    if (field.value !== '' && field.checkValidity()) this.chosen[name] = Number(field.value)
  }

  private facts({ tokens, milliseconds, ended }: Turn): string {
    if (tokens === 0) return ended ? '' : this.session.model ? t.reading : common.waiting
    const rate = fixed(tokens / Math.max(0.001, milliseconds / 1000), 1)
    const how = ended === 'stopped' ? ` · ${t.stopped}` : ended === 'length' ? ` · ${t.longest}` : ''
    return t.rate(tokens, rate) + how
  }

  private turn(turn: Turn): TemplateResult {
    const { asked, answer, ended } = turn
    const given = this.isChat ? nothing : html`<span class="given">${asked}</span>`
    return html`${this.isChat ? html`<div class="turn mine"><span class="who">${t.you}</span><div class="said" dir="auto">${asked}</div></div>` : nothing}
      <div class="turn"><span class="who">${t.model}</span><div class="said ${ended ? '' : 'writing'}" dir="auto">${given}${this.isChat ? answer.trimStart() : answer}</div>
        <div class="facts"><span>${this.facts(turn)}</span>${ended && answer ? html`<edgeweb-copy .label=${t.copy} .text=${answer}></edgeweb-copy>` : nothing}</div></div>`
  }

  private settings(): TemplateResult {
    return html`<details class="card"><summary>${t.settings}${icons.chevron}</summary><div class="grid">${SETTINGS.map(({ name, min, max, step, label, how }) => html`<div class="field">
      <label for=${name}>${label}</label><input id=${name} type="number" inputmode="decimal" min=${min} max=${max} step=${step} aria-describedby="${name}-how" .value=${String(this.usual(name))} @input=${(event: Event) => this.change(name, event)}>
      <span id="${name}-how" class="muted small">${how}</span></div>`)}</div></details>`
  }

  protected override render(): TemplateResult {
    const { turns, isChat } = this
    const examples = turns.length ? [] : (this.manifest.text?.examples ?? [])
    return html`<div class="card talk">
        <div class="log" role="group" tabindex="0" aria-label=${t.log} aria-busy=${this.busy}>${turns.length ? turns.map((turn) => this.turn(turn)) : html`<p class="muted">${isChat ? t.empty : t.emptyBase}</p>`}</div>
        <form aria-label=${isChat ? t.ask : t.go} @submit=${this.submit}>
          ${this.failed ? problem(this.failed) : nothing}
          ${examples.length ? html`<div class="chips">${examples.map((text) => html`<button class="button chip" type="button" @click=${() => { this.text = text; void this.write() }}>${plain(text, 90)}</button>`)}</div>` : nothing}
          <div class="field"><label for="ask">${isChat ? t.ask : t.go}</label><textarea id="ask" rows="2" dir="auto" .value=${live(this.text)} @input=${(event: Event) => { this.text = (event.currentTarget as HTMLTextAreaElement).value }} @keydown=${this.keys}></textarea></div>
          <div class="row"><button class="button primary" type="submit" ?disabled=${this.busy}>${t.send}</button>
            ${this.busy ? html`<button class="button" type="button" @click=${this.stop}>${common.stop}</button>` : nothing}
            ${turns.length ? html`<button class="button quiet push" type="button" @click=${this.anew}>${isChat ? t.anew : t.clear}</button>` : nothing}</div>
        </form></div>
      ${this.settings()}
      <p class="visually-hidden" role="status">${this.heard}</p>`
  }
}

export function defineChat(): void {
  if (!customElements.get('edgeweb-chat')) customElements.define('edgeweb-chat', ChatTask)
}
