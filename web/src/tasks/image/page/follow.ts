/** The model follows a camera: one picture after the other, each the newest when the one before is answered. */
import type { Result } from '../../../shared/api.js'
import { found } from '../../../page/ui/claims.js'
import { fixed } from '../../../page/ui/format.js'
import type { Session } from '../../../page/ui/session.js'
import type { Colours } from './live.js'
import type { View } from './view.js'

/** A model that takes longer for each of some pictures is of no use with moving ones. */
const SLOW_MS = 4000
const SLOW_PICTURES = 3
/** What is said of the pace changes no more often than it can be read. */
const TOLD_MS = 700

/** Over the last pictures: how many a second, and milliseconds of each in the model and in everything of the page's own. */
export interface Pace { rate: string; model: string; own: string; slow: boolean }

export class Follower {
  private running = true
  private readonly scratch = document.createElement('canvas')
  private told = 0
  private count = 0
  private model = 0
  private own = 0
  private late = 0

  /** @param shown is called for each answer, with the pace where it is worth telling. */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly canvas: HTMLCanvasElement,
    private readonly session: Session,
    private readonly draw: View['draw'],
    private readonly colours: Colours,
    private readonly shown: (result: Result, pace: Pace | null) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  async start(): Promise<void> {
    await this.session.ready()
    this.told = performance.now()
    try {
      while (this.running) {
        const begun = performance.now()
        const picture = await this.picture()
        const { width, height } = picture
        const result = await this.session.follow(picture).finally(() => picture.close())
        if (!this.running) return
        this.paint(result, width, height)
        const pace = this.timed(begun, result)
        this.shown(result, pace)
        if (pace?.slow) this.stop()
        await this.frame()
      }
    } catch (error) {
      // A camera that was switched off while its picture was on its way has none.
      if (this.running) this.failed(error)
    }
  }

  stop(): void {
    this.running = false
    this.canvas.getContext('2d')?.clearRect(0, 0, this.canvas.width, this.canvas.height)
  }

  /** What the camera sees, no larger than the model's own picture needs: the browser shrinks faster than the worker can read it all. */
  private async picture(): Promise<ImageBitmap> {
    const { videoWidth, videoHeight } = this.video
    const { width = videoWidth, height = videoHeight, resize, tiles } = this.session.model?.manifest.image ?? {}
    const [across, down] = [width / videoWidth, height / videoHeight]
    // A large picture would be worked on in parts, one after the other, which is too slow for one that moves.
    const inside = resize === 'pad' || tiles === true
    const scale = Math.min(1, inside ? Math.min(across, down) : Math.max(across, down))
    if (!(scale < 1)) return createImageBitmap(this.video)
    return createImageBitmap(this.video, { resizeWidth: Math.max(1, Math.round(videoWidth * scale)), resizeHeight: Math.max(1, Math.round(videoHeight * scale)), resizeQuality: 'medium' })
  }

  private paint(result: Result, width: number, height: number): void {
    const { canvas } = this
    if (!this.draw) return
    // Where the picture was small, lines would be coarse: the result is in its pixels, the canvas has more.
    const fine = Math.max(1, Math.round(960 / Math.max(width, height)))
    if (canvas.width !== fine * width || canvas.height !== fine * height) Object.assign(canvas, { width: fine * width, height: fine * height })
    const context = canvas.getContext('2d')
    context?.setTransform(fine, 0, 0, fine, 0, 0)
    const manifest = this.session.model?.manifest
    const least = manifest?.image?.least ?? 0
    const shown = result.task === 'detection' ? { ...result, boxes: result.boxes.filter(({ score }) => !(score < least)) } : result
    if (context && manifest) this.draw(context, this.scratch, shown, this.colours, manifest.image?.skeleton ?? [], found(manifest))
  }

  private timed(begun: number, { inference = 0 }: Result): Pace | null {
    const now = performance.now()
    this.count += 1
    this.model += inference
    this.own += now - begun - inference
    const since = now - this.told
    this.late = now - begun > SLOW_MS ? this.late + 1 : 0
    const slow = this.late >= SLOW_PICTURES
    if (since < TOLD_MS && !slow) return null
    const { count, model, own } = this
    Object.assign(this, { told: now, count: 0, model: 0, own: 0 })
    return { rate: fixed((1000 * count) / since, count > since / 100 ? 0 : 1), model: fixed(model / count, 0), own: fixed(own / count, own / count < 10 ? 1 : 0), slow }
  }

  /** Until the screen is drawn again: a page that nobody sees rests. */
  private frame(): Promise<unknown> {
    return new Promise(requestAnimationFrame)
  }
}
