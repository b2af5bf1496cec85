/** Models of pictures: drop, paste, pick, photograph or try an example, and see what the model sees. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Manifest, PredictInput } from '../../../shared/api.js'
import { barStyles } from '../../../page/ui/results/bars.js'
import * as icons from '../../../page/ui/icons.js'
import { problem, told } from '../../../page/ui/problem.js'
import type { Failure, Session } from '../../../page/ui/session.js'
import { common, image as t, results } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { name, plain } from '../../../page/ui/plain.js'
import { Asking } from './asking.js'
import { pictured, saveArchive, saveJson, saveTable } from './archive.js'
import type { Drawn } from './pad.js'
import type { Picture, PointAt } from './picture.js'
import { PictureQueue } from './queue.js'
import { imageStyles } from './styles.js'
import type { View } from './view.js'

const LISTED = 200
/** Pictures up to this size look better with hard pixels than blurred. */
const TINY = 64

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

class ImageTask extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    urls: { attribute: false },
    own: { attribute: false },
    view: { attribute: false },
    thumbnails: { attribute: false },
    over: { state: true },
    all: { state: true },
    camera: { state: true },
    complaint: { state: true },
    drawn: { state: true },
  }

  static override styles = [...controls, barStyles, imageStyles]

  declare manifest: Manifest
  declare session: Session
  /** From each example's path to a blob: URL; null until they are there. */
  declare urls: ReadonlyMap<string, string> | null
  declare own: boolean
  declare view: View
  /** Those of the gallery, by their entries' ids. */
  declare thumbnails: ReadonlyMap<string, string>
  declare private over: boolean
  declare private all: boolean
  declare private camera: boolean
  declare private complaint: Failure | null
  /** What the model makes of a drawing; null where there is none. */
  declare private drawn: Drawn | null
  /** An example that was chosen before its picture was there. */
  private chosen = -1
  private readonly queue = new PictureQueue(() => this.requestUpdate(), (image, picture) => this.given(image, picture))
  /** What was answered is asked again with the new words. */
  private readonly asking = new Asking(() => this.queue.again(this.session, true))
  private dropTarget: EventTarget = this
  private ends: () => void = () => undefined

  constructor() {
    super()
    this.over = false
    this.all = false
    this.camera = false
    this.complaint = null
    this.drawn = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    if (this.view.labels) this.asking.start(this.manifest.labels ?? [])
    void this.session.ready().then(() => this.requestUpdate())
    this.ends = this.session.onRenewal(() => this.queue.again(this.session))
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
    this.queue.clear()
  }

  private readonly onDrag = (event: Event): void => {
    const drag = event as DragEvent
    if (!carriesFiles(drag)) return
    drag.preventDefault()
    this.over = drag.type === 'dragover'
    if (drag.type === 'drop') this.useFiles([...drag.dataTransfer?.files ?? []], t.pasted)
  }

  private readonly onPaste = (event: ClipboardEvent): void => {
    const files = [...event.clipboardData?.files ?? []]
    const target = event.composedPath()[0]
    const editing = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
    if (event.defaultPrevented || (editing && files.length === 0)) return
    if (files.length === 0 && !this.own) return
    event.preventDefault()
    this.useFiles(files, t.pasted)
  }

  private readonly onPick = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement
    const files = [...input.files ?? []]
    input.value = ''
    if (files.length) this.useFiles(files, t.pasted)
  }

  private useFiles(files: readonly Blob[], fallback: string): void {
    this.begin()
    this.keepFocus()
    if (files.length) this.queue.useFiles(files, fallback, this.session)
    else this.complaint = { message: t.nothing, hint: t.nothingHint, code: 'input' }
  }

  /** What is predicted of it; undefined as long as the visitor has not said what may be in it. */
  private given(image: Blob | HTMLImageElement, picture: Picture): PredictInput | undefined {
    const { labels, question } = this.asking
    if (this.view.labels) return labels.length ? { image, labels } : undefined
    if (this.view.asks) return question ? { image, question } : undefined
    return this.view.points ? { image, points: picture.points ?? [] } : image
  }

  /** The visitor has pointed at something else. */
  private readonly point = ({ detail }: CustomEvent<PointAt[]>): void => {
    const picture = this.queue.items[this.queue.selected]
    if (picture === undefined) return
    picture.points = detail
    this.queue.renew(picture, this.session)
    this.requestUpdate()
  }

  private readonly draw = ({ detail }: CustomEvent<Drawn | null>): void => {
    if (detail) this.complaint = null
    this.drawn = detail
  }

  private begin(): void {
    this.camera = false
    this.drawn = null
    this.all = false
    this.complaint = null
    this.chosen = -1
  }

  private readonly clear = (): void => {
    this.begin()
    this.keepFocus()
    this.queue.clear()
  }

  /** The control that was just used gives way to another view: keyboards go on from the picker there. */
  private keepFocus(): void {
    if (!this.shadowRoot?.activeElement) return
    // A microtask later, when the change that is about to happen has asked for its update.
    void Promise.resolve().then(() => this.updateComplete).then(() => {
      if (!this.shadowRoot?.activeElement) this.renderRoot.querySelector<HTMLElement>('.source input')?.focus()
    })
  }

  private useExample(index: number): void {
    this.begin()
    const image = this.renderRoot.querySelectorAll<HTMLImageElement>('.thumb img')[index]
    if (image?.src) this.queue.useExample(image, results.example(index + 1), this.session)
    else {
      this.queue.clear()
      this.chosen = index
    }
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const { urls, chosen } = this
    if (!changed.has('urls') || !urls || chosen < 0) return
    this.begin()
    if (urls.has(this.manifest.examples?.[chosen] ?? '')) this.useExample(chosen)
    else this.requestUpdate()
  }

  private readonly stop = (): void => {
    this.keepFocus()
    this.queue.stop()
  }

  private openCamera = async (): Promise<void> => {
    const { defineCamera } = await import('./camera.js')
    defineCamera()
    this.clear()
    this.camera = true
  }

  private pickers(again: boolean): TemplateResult {
    return html`<label class="button ${again ? '' : 'primary'}">
        <input class="visually-hidden" type="file" accept="image/*" multiple @change=${this.onPick}>${again ? t.chooseOther : t.choose}</label>
      <button class="button" type="button" @click=${this.openCamera}>${icons.camera}${again ? t.cameraAgain : t.camera}</button>`
  }

  private zone(): TemplateResult {
    if (this.view.pad) {
      return html`<div class="drawing">${this.view.pad(this.manifest, this.session)}
        <p class="muted">${this.over ? t.dropNow : t.pad.or}</p><div class="row">${this.pickers(true)}</div></div>`
    }
    return html`<div class="zone">${icons.picture}
      <p class="lead">${this.over ? t.dropNow : t.drop}</p><p class="muted">${t.or}</p>
      <div class="row">${this.pickers(false)}</div></div>`
  }

  private preview(picture: Picture): TemplateResult {
    const onLoad = (event: Event): void => {
      const image = event.currentTarget as HTMLImageElement
      image.classList.toggle('tiny', Math.max(image.naturalWidth, image.naturalHeight) <= TINY)
    }
    const seen = html`<div class="preview">${picture.url && !picture.broken
      ? html`<img src=${picture.url} alt=${t.preview(plain(picture.name, 80))} @load=${onLoad} @error=${() => this.queue.unreadable(picture)}>` : icons.picture}</div>`
    return html`${this.pictured(picture) ? nothing : seen}
      <div class="row tools">${this.pickers(true)}<button class="button quiet push" type="button" @click=${this.clear}>${this.view.pad ? t.pad.draw : common.clear}</button></div>`
  }

  /** Whether the result shows the picture, so that it need not stand beside it. */
  private pictured(picture: Picture | undefined): boolean {
    return picture?.state === 'done' && picture.result !== null && this.view.pictured(picture.result) && !this.complaint && this.chosen < 0
  }

  private source(picture: Picture | undefined): TemplateResult {
    if (this.camera) {
      const take = (event: CustomEvent<File>): void => this.useFiles([event.detail], common.photo)
      return html`<edgeweb-camera .session=${this.session} .view=${this.view} .thumbnails=${this.thumbnails} @picture=${take} @done=${this.clear}></edgeweb-camera>`
    }
    return picture ? this.preview(picture) : this.zone()
  }

  private examples(): TemplateResult | typeof nothing {
    const paths = this.manifest.examples ?? []
    if (!paths.length) return nothing
    // Never an address of the network: the page's own rules would refuse it, and this way the bytes were checked.
    const { urls } = this
    return html`<div class="examples"><h2 class="small muted">${results.examples}</h2><div class="thumbs">${paths.map((path, i) => html`
      <button class="thumb" type="button" aria-label=${results.example(i + 1)} ?disabled=${urls !== null && !urls.has(path)} @click=${() => this.useExample(i)}>
        <img src=${urls?.get(path) ?? nothing} alt=${results.example(i + 1)} decoding="async" width="68" height="68"></button>`)}</div></div>`
  }

  private outcome(picture: Picture | undefined): TemplateResult {
    if (this.complaint) return problem(this.complaint)
    if (this.chosen >= 0) return html`<p class="wait">${common.waiting}</p>`
    if (!picture) return this.drawn ? this.read(this.drawn) : html`<p class="empty">${this.camera && this.view.draw ? t.filmed : t.placeholder}</p>`
    if (picture.failure) return problem(picture.failure)
    if (picture.state === 'done' && picture.result) return this.view.shown(picture.result, picture.broken ? '' : picture.url, this.all, () => { this.all = !this.all }, { picture, manifest: this.manifest, skeleton: this.manifest.image?.skeleton ?? [], items: this.queue.items, thumbnails: this.thumbnails })
    if (picture.state === 'open') return html`<p class="empty">${this.view.asks ? t.questionFirst : t.labelsFirst}</p>`
    if (picture.state === 'stopped') return html`<p class="empty">${t.stopped}</p>`
    const { part } = picture
    return html`<p class="wait">${!this.session.model ? common.waiting : part ? t.part(Math.min(part.done + 1, part.of), part.of) : common.working}</p>`
  }

  /** What is shown of a drawing while it grows: the newest answer. */
  private read({ result, failure: failed }: Drawn): TemplateResult {
    if (failed) return problem(failed)
    if (!result) return html`<p class="wait">${this.session.model ? common.working : common.waiting}</p>`
    return this.view.shown(result, '', this.all, () => { this.all = !this.all }, { manifest: this.manifest, skeleton: [], items: [], thumbnails: this.thumbnails })
  }

  private item(picture: Picture, index: number): TemplateResult {
    const text = picture.state === 'done' && picture.result ? this.view.said(picture.result, this.manifest) : picture.state === 'stopped' ? common.stopped : '…'
    const best = picture.failure ? html`<b class="bad">${told(picture.failure.message)}</b>`
      : html`<b>${text}</b>`
    return html`<li><button class="item" type="button" aria-pressed=${index === this.queue.selected} @click=${() => this.queue.select(index)}>
      ${picture.url && !picture.broken ? html`<img src=${picture.url} alt="" loading="lazy" decoding="async" @error=${() => this.queue.unreadable(picture)}>` : html`<span class="blank">${icons.alert}</span>`}
      <span>${best}<small>${name(picture.name)}</small></span></button></li>`
  }

  private list(): TemplateResult | typeof nothing {
    const { items, done, busy } = this.queue
    if (items.length < 2) return nothing
    const stem = plain(this.manifest.name, 60)
    const button = (text: string, act: () => void): TemplateResult => html`<button class="button" type="button" ?disabled=${done === 0 || busy} @click=${act}>${icons.download}${text}</button>`
    return html`<section class="card list" aria-label=${t.list}>
      <div class="row"><h2>${t.progress(done, items.length)}</h2>
        ${busy ? html`<button class="button push" type="button" @click=${this.stop}>${common.stop}</button>` : nothing}
        <div class="row ${busy ? '' : 'push'}">${pictured(items) ? button(t.zip, () => void saveArchive(items, stem, this.view)) : nothing}
          ${button(t.csv, () => saveTable(items, stem, this.view))}${button(t.json, () => saveJson(items, stem))}</div></div>
      <progress class="done" max=${items.length} .value=${done} aria-label=${t.list}></progress>
      <ul>${items.slice(0, LISTED).map((picture, index) => this.item(picture, index))}</ul>
      ${items.length > LISTED ? html`<p class="muted small">${t.more(items.length - LISTED)}</p>` : nothing}
    </section>`
  }

  private announcement(picture: Picture | undefined): string {
    const { items, done, busy } = this.queue
    if (items.length > 1) return !busy ? t.progress(done, items.length) : ''
    const result = picture ? picture.state === 'done' && picture.result : this.drawn?.drawing === false && this.drawn.result
    return result ? `${common.result}: ${this.view.said(result, this.manifest)}` : ''
  }

  protected override render(): TemplateResult {
    const picture = this.queue.items[this.queue.selected]
    return html`
      <div class="card stage ${this.over ? 'over' : ''} ${picture || this.complaint || this.drawn ? '' : 'idle'} ${this.drawn ? 'drawn' : ''} ${this.pictured(picture) ? 'pictured' : ''}">
        <div class="source" @edgeweb-drawn=${this.draw}>${this.source(picture)}</div>
        <section class="answer" aria-label=${common.result} @edgeweb-points=${this.point}>
          ${this.view.asks ? this.asking.questionField() : this.view.labels ? this.asking.labelField() : nothing}
          <h2>${picture && this.queue.items.length > 1 ? name(picture.name) : common.result}</h2>
          ${this.outcome(picture)}
        </section>
        ${this.examples()}
      </div>
      <p class="visually-hidden" role="status">${this.announcement(picture)}</p>
      ${this.list()}`
  }
}

export function defineImageTask(): void {
  if (!customElements.get('edgeweb-image')) customElements.define('edgeweb-image', ImageTask)
}
