/** A text to be spoken, and its sound to hear and to keep. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { Manifest, Sound } from '../../../shared/api.js'
import { seconds } from '../../../page/ui/format.js'
import { plain } from '../../../page/ui/plain.js'
import { problem } from '../../../page/ui/problem.js'
import { defineSound } from '../../../page/ui/results/sound.js'
import { failure, InputError, type Failure, type Session } from '../../../page/ui/session.js'
import { common, speech as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { speechStyles } from './styles.js'

class SpeechTask extends LitElement {
  static override properties = {
    manifest: { attribute: false }, session: { attribute: false },
    text: { state: true }, busy: { state: true }, sound: { state: true }, failed: { state: true },
  }

  static override styles = [...controls, speechStyles]

  declare manifest: Manifest
  declare session: Session
  declare private text: string
  declare private busy: boolean
  declare private sound: Sound | null
  declare private failed: Failure | null
  /** What was spoken. */
  private said = ''
  private stopper = new AbortController()
  private turns = 0

  constructor() {
    super()
    this.text = ''
    this.busy = false
    this.sound = this.failed = null
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

  private async run(): Promise<void> {
    const { text } = this
    const turn = ++this.turns
    if (this.busy) this.stopper.abort()
    this.stopper = new AbortController()
    const { signal } = this.stopper
    Object.assign(this, { busy: true, failed: null })
    try {
      if (text.trim() === '') throw new InputError(t.nothing, t.nothingHint)
      const result = await this.session.predict(text, signal)
      if (turn !== this.turns || result.task !== 'audio') return
      this.said = text
      this.sound = { samples: result.samples, rate: result.rate }
    } catch (error) {
      if (turn !== this.turns) return
      this.sound = null
      this.failed = signal.aborted ? null : failure(error)
    } finally {
      if (turn === this.turns) this.busy = false
    }
  }

  private readonly stop = (): void => {
    this.turns++
    this.stopper.abort()
    this.busy = false
    this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
  }

  private examples(): TemplateResult | typeof nothing {
    const texts = this.manifest.speech?.examples ?? []
    if (texts.length === 0) return nothing
    const take = (text: string): void => {
      this.text = text
      void this.run()
    }
    return html`<div class="examples" role="group" aria-label=${t.examples}><p class="muted small">${t.examples}</p><div class="chips">${texts.map((text) => html`<button class="button chip" type="button" @click=${() => take(text)}><span>${plain(text, 90)}</span></button>`)}</div></div>`
  }

  private answer(): TemplateResult {
    if (this.failed) return problem(this.failed)
    if (this.busy) return html`<p class="muted">${this.session.model ? common.working : common.waiting}</p>`
    if (!this.sound) return html`<p class="muted">${t.here}</p>`
    const made = html`<edgeweb-sound .given=${null} .outcome=${this.sound} .name=${plain(this.manifest.name, 60)}></edgeweb-sound><p class="muted small">${t.varies}</p>`
    return this.said === this.text ? made : html`<p class="small note">${common.stale}</p><div class="stale">${made}</div>`
  }

  protected override render(): TemplateResult {
    const change = (event: Event): void => { this.text = (event.currentTarget as HTMLTextAreaElement).value }
    return html`<div class="card both"><form class="ask" aria-label=${t.text} @submit=${this.submit}>
        <div class="field"><label for="text">${t.text}</label><textarea id="text" dir="auto" placeholder=${t.placeholder} .value=${live(this.text)} @input=${change} @keydown=${this.keys}></textarea></div>
        <div class="row"><button class="button primary" type="submit">${t.run}</button>
          ${this.busy ? html`<button class="button" type="button" @click=${this.stop}>${common.stop}</button>` : html`<span class="keys" aria-hidden="true">${t.keys}</span>`}</div>
        ${this.examples()}
      </form>
      <section class="answer" aria-label=${common.result} aria-busy=${this.busy}><h2>${common.result}</h2>${this.answer()}</section></div>
      <p class="visually-hidden" role="status">${this.busy || !this.sound ? '' : t.done(seconds(this.sound.samples.length / this.sound.rate))}</p>`
  }
}

export function define(): void {
  defineSound()
  if (!customElements.get('edgeweb-speech')) customElements.define('edgeweb-speech', SpeechTask)
}
