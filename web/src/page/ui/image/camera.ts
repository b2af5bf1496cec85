/** The camera: asked for only on a click, shown as a live preview, switched off after one picture. */
import { css, html, LitElement, type TemplateResult } from 'lit'
import * as icons from '../icons.js'
import { problem } from '../problem.js'
import { failure, type Failure } from '../session.js'
import { strings } from '../strings.js'
import { controls } from '../styles.js'

const { camera: t } = strings

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
  static override properties = { live: { state: true }, failed: { state: true } }

  static override styles = [...controls, css`
    :host { display: grid; gap: 1rem; }
    .screen { position: relative; aspect-ratio: 4 / 3; border-radius: var(--radius-small); overflow: hidden; background: #0b0e0d; color: #e8edeb; display: grid; place-items: center; }
    video { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; object-fit: contain; }
    .row { justify-content: center; }
  `]

  declare private live: boolean
  declare private failed: Failure | null
  private stream: MediaStream | null = null

  constructor() {
    super()
    this.live = false
    this.failed = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.start()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.stop()
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
      this.live = true
    } catch (error) {
      this.stop()
      this.failed = reason(error)
    }
  }

  private stop(): void {
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
      if (blob) this.dispatchEvent(new CustomEvent('picture', { detail: new File([blob], `${strings.image.photo}.png`, { type: blob.type }) }))
    }, 'image/png')
  }

  private readonly close = (): void => {
    this.stop()
    this.dispatchEvent(new CustomEvent('done'))
  }

  protected override render(): TemplateResult {
    const stop = html`<button class="button" type="button" @click=${this.close}>${t.stop}</button>`
    if (this.failed) return html`${problem(this.failed)}<div class="row">${stop}</div>`
    return html`<div class="screen">${this.live ? '' : t.starting}<video playsinline muted aria-label=${t.title} ?hidden=${!this.live}></video></div>
      <div class="row"><button class="button primary" type="button" ?disabled=${!this.live} @click=${this.take}>${icons.camera}${t.take}</button>${stop}</div>`
  }
}

export function defineCamera(): void {
  if (!customElements.get('edgeweb-camera')) customElements.define('edgeweb-camera', CameraView)
}
