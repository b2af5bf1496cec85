/** Models of sound: a file or the microphone above, what the model hears in it below. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Manifest, Result, Segment, Sound } from '../../../shared/api.js'
import { readSound } from '../../../page/sound.js'
import { barStyles } from '../../../page/ui/results/bars.js'
import { defineCopy } from '../../../page/ui/copy.js'
import { CSV_TYPE, save } from '../../../page/ui/save.js'
import { examples } from '../../../page/ui/results/examples.js'
import { defineTimeline } from '../../../page/ui/results/timeline.js'
import * as icons from '../../../page/ui/icons.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { fixed, share } from '../../../page/ui/format.js'
import { audio as t, common, results } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { plain } from '../../../page/ui/plain.js'
import { answer, partsAt, said, table } from './answer.js'
import { Live } from './live.js'
import { defineSound } from '../../../page/ui/results/sound.js'
import { Microphone, reason } from './microphone.js'
import { audioStyles } from './styles.js'
import { labelsIn } from '../shared/labels.js'
import { defineTranscript } from './transcript.js'

const DRAWN_EVERY_MS = 80
/** Who stops writing for so long wants to see what comes of it. */
const PAUSE_MS = 700

class AudioTask extends LitElement {
  static override properties = {
    manifest: { attribute: false }, session: { attribute: false }, urls: { attribute: false }, files: { attribute: false }, own: { attribute: false },
    file: { state: true }, busy: { state: true }, failed: { state: true }, result: { state: true }, heard: { state: true }, live: { state: true }, all: { state: true }, over: { state: true }, threshold: { state: true },
  }

  static override styles = [...controls, barStyles, audioStyles]

  declare manifest: Manifest
  declare session: Session
  declare urls: ReadonlyMap<string, string> | null
  declare files: ReadonlyMap<string, Blob> | null
  declare own: boolean
  declare private file: File | null
  declare private busy: boolean
  declare private failed: Failure | null
  declare private result: Result | null
  /** What was given, as samples: a new sound is compared with it. */
  declare private heard: Sound | null
  declare private live: Live | null
  declare private all: boolean
  declare private over: boolean
  declare private threshold: number | null
  private url = ''
  /** What may be heard, as the visitor writes it; what of it was asked about last. */
  private words = ''
  private asked = ''
  private writing: ReturnType<typeof setTimeout> | undefined
  /** What the microphone gave last, after it was closed. */
  private past: Live | null = null
  private microphone: Microphone | null = null
  private stopper = new AbortController()
  private turns = 0
  private drawn = 0
  private dropTarget: EventTarget = this
  private ends: () => void = () => undefined

  constructor() {
    super()
    this.file = this.failed = this.result = this.heard = this.live = this.threshold = null
    this.busy = this.all = this.over = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.threshold = this.manifest.audio?.threshold ?? null
    if (this.asks && this.words === '') this.words = (this.manifest.labels ?? []).join(', ')
    this.ends = this.session.onRenewal(() => { if (this.file && !this.live) void this.run(this.file) })
    // On the site's own page the whole window takes drops; elsewhere they may be meant for the page around.
    this.dropTarget = this.own ? document : this
    for (const type of ['dragover', 'dragleave', 'drop']) this.dropTarget.addEventListener(type, this.onDrag)
    document.addEventListener('paste', this.onPaste)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const type of ['dragover', 'dragleave', 'drop']) this.dropTarget.removeEventListener(type, this.onDrag)
    document.removeEventListener('paste', this.onPaste)
    this.ends()
    this.microphone?.close()
    if (this.url) URL.revokeObjectURL(this.url)
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

  private readonly onPick = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement
    const [file] = input.files ?? []
    input.value = ''
    if (file) void this.take(file)
  }

  private async take(file: File): Promise<void> {
    await this.close()
    this.past = null
    if (this.url) URL.revokeObjectURL(this.url)
    this.url = URL.createObjectURL(file)
    this.file = file
    await this.run(file)
  }

  private async run(file: File): Promise<void> {
    if (this.busy) this.stopper.abort()
    this.stopper = new AbortController()
    const turn = ++this.turns
    Object.assign(this, { busy: true, failed: null, result: null, heard: null, all: false })
    try {
      const sound = await readSound(await file.arrayBuffer())
      const labels = this.asks ? labelsIn(this.words) : undefined
      // What is to be listened for comes first.
      if (labels?.length === 0) return
      const result = await this.session.predict(labels ? { audio: sound, labels } : sound, this.stopper.signal, this.writes ? { timestamps: 'word' } : {})
      if (turn === this.turns) Object.assign(this, { result, heard: sound })
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

  private readonly listen = async (): Promise<void> => {
    this.stop()
    Object.assign(this, { file: null, result: null, failed: null, heard: null })
    try {
      const model = await this.session.ready()
      await model.reset()
      const live = new Live(model, () => this.draw())
      this.microphone = await Microphone.open((samples, rate) => live.take(samples, rate))
      this.past = null
      this.live = live
      await this.updateComplete
      this.renderRoot.querySelector<HTMLElement>('.listening .button')?.focus()
    } catch (error) {
      this.failed = reason(error)
    }
  }

  /** As often as anybody can see, and not more. */
  private draw(): void {
    if (this.live?.failed) return void this.close()
    if (performance.now() - this.drawn < DRAWN_EVERY_MS) return
    this.drawn = performance.now()
    this.requestUpdate()
  }

  private readonly close = async (): Promise<void> => {
    const { live } = this
    this.microphone?.close()
    this.microphone = null
    if (!live) return
    this.busy = this.writes
    await live.end()
    this.busy = false
    this.live = null
    this.past = live
    if (live.failed) this.failed = failure(live.failed)
    await this.updateComplete
    this.renderRoot.querySelector<HTMLElement>('.source .button')?.focus()
  }

  private readonly play = ({ detail }: CustomEvent<Segment>): void => {
    const audio = this.renderRoot.querySelector('audio')
    if (!audio) return
    audio.currentTime = detail.start
    void audio.play().catch(() => undefined)
  }

  private buttons(again: boolean): TemplateResult {
    return html`<div class="row"><label class="button ${again ? '' : 'primary'}"><input class="visually-hidden" type="file" accept="audio/*,.wav" @change=${this.onPick}>${again ? t.other : t.choose}</label>
      ${this.asks ? nothing : html`<button class="button" type="button" @click=${this.listen}>${icons.microphone}${t.listen}</button>`}
      ${this.busy ? html`<button class="button push" type="button" @click=${this.stop}>${common.stop}</button>` : nothing}</div>`
  }

  private recording(): TemplateResult {
    return html`<div class="listening"><span class="dot" aria-hidden="true"></span><strong>${t.recording}</strong>
      <button class="button primary push" type="button" ?disabled=${this.busy} @click=${this.close}>${t.speak}</button></div><p class="muted small">${t.recordHow}</p>`
  }

  private source(): TemplateResult {
    const { live, file } = this
    if (live) {
      if (this.writes) return this.recording()
      const speed = live.speed >= 1 ? t.speed(fixed(live.speed, live.speed >= 10 ? 0 : 1)) : t.slow(share(live.speed, 0))
      return html`<div class="listening"><span class="dot" aria-hidden="true"></span><strong>${t.live}</strong>
        <span class="muted small">${live.late ? t.late : live.speed > 0 ? html`<span class="speed">${speed}</span>` : ''}</span>
        <button class="button primary push" type="button" @click=${this.close}>${t.stop}</button></div><p class="muted small">${t.liveHow}</p>`
    }
    if (!file) return html`<div class="zone">${icons.wave}<p class="lead">${t.drop}</p><p class="muted small">${t.or}</p>${this.buttons(false)}</div>`
    return html`<div class="given"><p class="name">${plain(file.name)}</p>${this.makes ? nothing : html`<audio controls src=${this.url} aria-label=${results.player(plain(file.name, 80))}></audio>`}${this.buttons(true)}</div>`
  }

  /** Whether speech is written down, once it has ended. */
  private get writes(): boolean {
    return this.manifest.audio?.result === 'transcript'
  }

  /** Whether the visitor says what may be heard. */
  private get asks(): boolean {
    return this.manifest.audio?.result === 'matching'
  }

  private readonly write = (event: Event): void => {
    this.words = (event.currentTarget as HTMLTextAreaElement).value
    clearTimeout(this.writing)
    this.writing = setTimeout(this.again, PAUSE_MS)
  }

  private readonly again = (): void => {
    clearTimeout(this.writing)
    const words = labelsIn(this.words).join('\n')
    if (words === this.asked || words === '') return
    this.asked = words
    if (this.file) void this.run(this.file)
  }

  private labelField(): TemplateResult {
    return html`<div class="field"><label for="labels">${t.labels}</label>
      <textarea id="labels" rows="2" dir="auto" placeholder=${t.labelsExample} @input=${this.write} @change=${this.again} .value=${this.words}></textarea>
      <span class="muted small">${t.labelsHow}</span></div>`
  }

  /** Whether a new sound is made, which has players of its own. */
  private get makes(): boolean {
    return this.manifest.audio?.result === 'audio'
  }

  private outcome(): TemplateResult {
    if (this.failed) return problem(this.failed)
    const live = this.live ?? this.past
    if (live && !(this.busy && this.writes)) return this.heardLive(live)
    if (this.busy) return html`<p class="wait">${this.session.model ? common.working : common.waiting}</p>`
    const { result } = this
    if (!result) return html`<p class="muted">${this.file && this.asks ? t.labelsFirst : t.placeholder}</p>`
    if (result.task === 'audio') return this.made(this.heard, { samples: result.samples, rate: result.rate })
    return html`${this.shown(result, this.heard, 0, false)}${this.kept(this.parts(result))}`
  }

  private heardLive(live: Live): TemplateResult {
    if (this.makes && !this.live) return live.made.length ? this.made(live.sound, { samples: live.made, rate: this.manifest.audio?.rate ?? 1 }) : html`<p class="muted">${t.silence}</p>`
    const { latest } = live
    if (this.writes) return this.live ? html`<p class="muted">${t.recordHow}</p>` : this.shown(latest, null, 0, true)
    const result: Result | null = latest?.task === 'classification' ? { ...latest, segments: live.segments }
      : latest?.task === 'segments' ? { ...latest, segments: live.segments, curve: live.curve, step: live.step, start: live.start } : null
    return html`${this.shown(result, live.sound, live.offset, true)}${this.live ? nothing : this.kept(result ? this.parts(result) : [])}`
  }

  private made(before: Sound | null, after: Sound): TemplateResult {
    return html`<edgeweb-sound .given=${before} .outcome=${after} .name=${plain(this.manifest.name, 60)}></edgeweb-sound>`
  }

  private parts(result: Result): Segment[] {
    return partsAt(result, this.manifest, this.threshold)
  }

  private shown(result: Result | null, heard: Sound | null, offset: number, live: boolean): TemplateResult {
    return answer({
      manifest: this.manifest, result, input: null, heard, offset, live, threshold: this.threshold, all: this.all,
      toggle: () => { this.all = !this.all }, setThreshold: (value) => { this.threshold = value },
    })
  }

  private kept(parts: readonly Segment[]): TemplateResult | typeof nothing {
    if (parts.length === 0) return nothing
    const download = (): void => save(`${plain(this.manifest.name, 60)}.csv`, table(parts), CSV_TYPE)
    return html`<div class="row"><button class="button chip" type="button" @click=${download}>${icons.download}${t.csv}</button></div>`
  }

  private announcement(): string {
    const { result } = this
    if (this.live || this.busy || !result) return this.live ? t.live : ''
    return `${common.result}: ${said(result, this.parts(result), this.manifest)}`
  }

  protected override render(): TemplateResult {
    const { urls, files } = this
    return html`<section class="card part source ${this.over ? 'over' : ''}" aria-label=${t.drop}>${this.source()}
        ${examples('audio', { paths: this.manifest.examples ?? [], urls, files }, (file) => void this.take(file))}</section>
      <section class="card part answer" aria-label=${common.result} aria-busy=${this.busy} @edgeweb-play=${this.play}>${this.asks ? this.labelField() : nothing}<h2>${common.result}</h2>${this.outcome()}</section>
      <p class="visually-hidden" role="status">${this.announcement()}</p>
      <details class="card heard"><summary>${t.how}${icons.chevron}</summary><p class="mono small">${plain(this.manifest.audio?.formula ?? '', 500)}</p></details>`
  }
}

export function define(): void {
  for (const each of [defineCopy, defineTimeline, defineSound, defineTranscript]) each()
  if (!customElements.get('edgeweb-audio')) customElements.define('edgeweb-audio', AudioTask)
}
