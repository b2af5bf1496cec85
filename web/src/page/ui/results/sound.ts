/** A sound that was made of another: both to hear in turn at the same place, their waveforms, and a file to keep. */
import { css, html, LitElement, type TemplateResult } from 'lit'
import type { Sound } from '../../../shared/api.js'
import { readSound } from '../../sound.js'
import { save } from '../save.js'
import * as icons from '../icons.js'
import { clock, peaks } from './waveform.js'
import { results as t } from '../strings.gen.js'
import { controls } from '../styles.js'
import { wav } from './wav.js'

const COLUMNS = 480

class SoundResult extends LitElement {
  static override properties = { given: { attribute: false }, file: { attribute: false }, outcome: { attribute: false }, name: { attribute: false }, made: { state: true }, at: { state: true } }

  static override styles = [...controls, css`
    :host { display: grid; gap: 0.875rem; grid-template-columns: minmax(0, 1fr); }
    fieldset { display: inline-flex; justify-self: start; border: 1px solid var(--line-strong); border-radius: 999px; padding: 3px; gap: 2px; }
    fieldset label { position: relative; padding: 0.375rem 1.25rem; border-radius: 999px; font-size: 0.9375rem; font-weight: 550; cursor: pointer; min-block-size: 2.25rem; }
    fieldset input { position: absolute; opacity: 0; inset: 0; min-block-size: 0; inline-size: 100%; cursor: pointer; }
    fieldset label:has(:checked) { background: var(--accent); color: var(--on-accent); }
    fieldset label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
    figure { display: grid; gap: 0.25rem; }
    figcaption { font-size: 0.8125rem; font-weight: 600; color: var(--muted); }
    figure svg { display: block; inline-size: 100%; block-size: 5rem; background: var(--sunken); border-radius: var(--radius-small); }
    figure path { stroke: var(--line-strong); stroke-width: 1px; vector-effect: non-scaling-stroke; }
    .chosen path { stroke: var(--accent); }
    .chosen figcaption { color: var(--text); }
    .head { stroke: var(--text); stroke-width: 1.5px; vector-effect: non-scaling-stroke; }
    audio { inline-size: 100%; display: block; }
    .button { justify-self: start; }
  `]

  /** What was given; null where it could not be kept. */
  declare given: Sound | null
  /** The same as a file, where it is not known otherwise. */
  declare file: unknown
  declare outcome: Sound
  /** What a download is called. */
  declare name: string
  /** Whether the new one is played. */
  declare private made: boolean
  /** Where the player is, in seconds. */
  declare private at: number
  private urls: string[] = []

  constructor() {
    super()
    this.made = true
    this.at = 0
    this.given = this.file = null
    this.name = 'sound'
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('file') && this.file instanceof Blob) void this.read(this.file)
    if (!changed.has('given') && !changed.has('outcome')) return
    this.forget()
    this.urls = [this.given, this.outcome].map((sound) => (sound ? URL.createObjectURL(wav(sound)) : ''))
    this.at = 0
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.forget()
  }

  private async read(file: Blob): Promise<void> {
    const found = await readSound(await file.arrayBuffer()).catch(() => null)
    if (this.file === file) this.given = found
  }

  private forget(): void {
    for (const url of this.urls) if (url) URL.revokeObjectURL(url)
  }

  /** The other one goes on where this one was. */
  private choose(made: boolean): void {
    const [other, next] = [...this.renderRoot.querySelectorAll('audio')].sort((a) => (a.hidden ? 1 : -1))
    this.made = made
    if (!other || !next || other === next) return
    const playing = !other.paused
    other.pause()
    next.currentTime = Math.min(other.currentTime, next.duration || other.currentTime)
    if (playing) void next.play().catch(() => undefined)
  }

  private wave(which: string, sound: Sound, chosen: boolean, loudest: number): TemplateResult {
    const seconds = sound.samples.length / sound.rate
    const own = sound.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    const scale = loudest > 0 ? own / loudest : 1
    const d = peaks(sound.samples, COLUMNS).map(([low, high], i, all) => `M${((i + 0.5) * COLUMNS) / all.length} ${50 - 47 * high * scale}V${50 - 47 * low * scale + 0.5}`).join('')
    const head = (this.at / (seconds || 1)) * COLUMNS
    return html`<figure class=${chosen ? 'chosen' : ''}><figcaption>${which}</figcaption>
      <svg role="img" aria-label=${t.waveform(which, clock(seconds))} viewBox="0 0 ${COLUMNS} 100" preserveAspectRatio="none"><path d=${d}></path><line class="head" x1=${head} x2=${head} y1="0" y2="100"></line></svg></figure>`
  }

  protected override render(): TemplateResult {
    const { given: before, outcome: after, made, urls } = this
    const both = [before, after].flatMap((sound) => (sound ? [sound] : []))
    const loudest = both.reduce((most, { samples }) => samples.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0)
    const radio = (label: string, value: boolean): TemplateResult => html`<label><input type="radio" name="which" .checked=${made === value} @change=${() => this.choose(value)}>${label}</label>`
    const player = (url: string | undefined, label: string, shown: boolean): TemplateResult => html`<audio controls ?hidden=${!shown} src=${url ?? ''} aria-label=${t.player(label)}
      @timeupdate=${(event: Event) => { if (shown) this.at = (event.currentTarget as HTMLAudioElement).currentTime }}></audio>`
    const keep = (): void => save(`${this.name}.wav`, wav(after), 'audio/wav')
    return html`${before ? html`<fieldset><legend class="visually-hidden">${t.which}</legend>${radio(t.before, false)}${radio(t.after, true)}</fieldset>` : ''}
      ${before ? player(urls[0], t.before, !made) : ''}${player(urls[1], before ? t.after : t.sound, made || !before)}
      ${before ? this.wave(t.before, before, !made, loudest) : ''}${this.wave(before ? t.after : t.sound, after, made, loudest)}
      <button class="button" type="button" @click=${keep}>${icons.download}${t.wav}</button>`
  }
}

export function defineSound(): void {
  if (!customElements.get('edgeweb-sound')) customElements.define('edgeweb-sound', SoundResult)
}
