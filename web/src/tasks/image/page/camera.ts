/** The camera: asked for only on a click; the model follows its picture at a rate of its own, until one is taken. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Result } from '../../../shared/api.js'
import { barStyles } from '../../../page/ui/results/bars.js'
import { cssVar } from '../../../page/ui/css-var.js'
import * as icons from '../../../page/ui/icons.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { camera as t, common } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { Follower, type Pace } from './follow.js'
import type { View } from './view.js'

/** The browser's reason as a sentence. */
function reason(error: unknown): Failure {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return { message: t.denied, hint: t.deniedHint, code: 'input' }
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return { message: t.missing, hint: t.missingHint, code: 'input' }
  if (name === 'NotReadableError' || name === 'AbortError') return { message: t.busy, hint: t.busyHint, code: 'input' }
  return failure(error)
}

/** Fires `picture` (detail: a File) and `done` when it should go away. */
class CameraView extends LitElement {
  static override properties = {
    session: { attribute: false }, view: { attribute: false }, thumbnails: { attribute: false },
    live: { state: true }, failed: { state: true }, follows: { state: true }, result: { state: true }, pace: { state: true }, ratio: { state: true },
  }

  static override styles = [...controls, barStyles, css`
    :host { display: grid; gap: 1rem; }
    .screen { position: relative; aspect-ratio: var(--ratio, 1.3333); border-radius: var(--radius-small); overflow: hidden; background: #0b0e0d; color: #e8edeb; display: grid; place-items: center; }
    video, canvas { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; object-fit: contain; }
    canvas { pointer-events: none; }
    .button[aria-pressed='true'] { background: var(--accent-soft); border-color: var(--accent); }
    .pace { text-align: center; font-variant-numeric: tabular-nums; min-block-size: 1.5em; }
    .row { justify-content: center; }
  `]

  declare session: Session
  declare view: View
  declare thumbnails: ReadonlyMap<string, string>
  declare private live: boolean
  /** Whether the model follows the camera. */
  declare private follows: boolean
  declare private result: Result | null
  declare private pace: Pace | null
  declare private ratio: number
  private follower: Follower | null = null
  declare private failed: Failure | null
  private stream: MediaStream | null = null

  constructor() {
    super()
    this.live = false
    this.failed = null
    this.follows = true
    this.result = null
    this.pace = null
    this.ratio = 4 / 3
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // What the visitor has to say something about is a single picture.
    if (!this.moves) this.follows = false
    void this.start()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.stop()
  }

  private get moves(): boolean {
    return this.view.labels !== true && this.view.points !== true
  }

  private async start(): Promise<void> {
    // Missing on insecure origins, whatever the types say.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (!devices) {
      this.failed = { message: t.unsupported, hint: t.unsupportedHint, code: 'input' }
      return
    }
    try {
      const stream = await devices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } }, audio: false })
      if (!this.isConnected) {
        for (const track of stream.getTracks()) track.stop()
        return
      }
      this.stream = stream
      const video = this.renderRoot.querySelector('video')
      if (!video) return
      video.srcObject = stream
      await video.play()
      this.ratio = video.videoWidth / video.videoHeight || 4 / 3
      this.live = true
      void this.updateComplete.then(() => this.follow())
    } catch (error) {
      this.stop()
      this.failed = reason(error)
    }
  }

  private follow(): void {
    const [video, canvas] = [this.renderRoot.querySelector('video'), this.renderRoot.querySelector('canvas')]
    if (!video || !canvas || !this.live || !this.follows) return
    const style = getComputedStyle(this)
    const colours = { accent: style.getPropertyValue('--accent'), onAccent: style.getPropertyValue('--on-accent'), font: style.fontFamily }
    const shown = (result: Result, pace: Pace | null): void => {
      if (!this.view.draw || !this.view.pictured(result)) this.result = result
      if (pace) this.pace = pace
      if (pace?.slow) this.follows = false
    }
    const failed = (error: unknown): void => { this.failed = failure(error) }
    this.follower = new Follower(video, canvas, this.session, this.view.draw, colours, shown, failed)
    void this.follower.start()
  }

  private readonly toggle = (): void => {
    this.follows = !this.follows
    this.follower?.stop()
    this.result = null
    this.pace = null
    if (this.follows) this.follow()
  }

  private stop(): void {
    this.follower?.stop()
    for (const track of this.stream?.getTracks() ?? []) track.stop()
    this.stream = null
    this.live = false
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('live') && this.live) this.renderRoot.querySelector<HTMLElement>('.primary')?.focus()
  }

  private readonly take = (): void => {
    const video = this.renderRoot.querySelector('video')
    if (!video?.videoWidth) return
    const canvas = document.createElement('canvas')
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    canvas.getContext('2d')?.drawImage(video, 0, 0)
    canvas.toBlob((blob) => {
      this.stop()
      if (blob) this.dispatchEvent(new CustomEvent('picture', { detail: new File([blob], `${common.photo}.png`, { type: blob.type }) }))
    }, 'image/png')
  }

  private readonly close = (): void => {
    this.stop()
    this.dispatchEvent(new CustomEvent('done'))
  }

  protected override render(): TemplateResult {
    const stop = html`<button class="button" type="button" @click=${this.close}>${t.stop}</button>`
    if (this.failed) return html`${problem(this.failed)}<div class="row">${stop}</div>`
    const { follows, pace, result, live, thumbnails } = this
    const manifest = this.session.model?.manifest
    return html`<div class="screen" ${cssVar('--ratio', String(this.ratio))}>${live ? nothing : t.starting}<video playsinline muted aria-label=${t.title} ?hidden=${!live}></video><canvas aria-hidden="true" ?hidden=${!live || !follows}></canvas></div>
      <p class="pace muted small" title=${pace && follows && !pace.slow ? t.paceOf(pace.model, pace.own) : nothing}>${!live ? nothing : pace?.slow ? t.slow : !follows ? nothing : pace ? t.pace(pace.rate) : this.session.model ? common.working : common.waiting}</p>
      ${result && follows && manifest ? this.view.shown(result, '', false, () => undefined, { manifest, skeleton: [], items: [], thumbnails }) : nothing}
      <div class="row"><button class="button primary" type="button" ?disabled=${!this.live} @click=${this.take}>${icons.camera}${t.take}</button>
        ${this.moves ? html`<button class="button" type="button" aria-pressed=${follows} ?disabled=${!live} @click=${this.toggle}>${t.live}</button>` : nothing}${stop}</div>`
  }
}

export function defineCamera(): void {
  if (!customElements.get('edgeweb-camera')) customElements.define('edgeweb-camera', CameraView)
}
