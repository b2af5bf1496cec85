/** A sound that is still coming in: hands the model what it has not heard, and keeps the last seconds of all for the page. */
import type { Model, Result, Segment } from '../../../shared/api.js'
import { joined } from '../shared/resample.js'
import type { Sound } from '../../../shared/api.js'

/** Seconds that are shown, and that a sound which was made is long at most. */
export const SHOWN_S = 12
const MADE_S = 60
/** A piece is this long at least: each costs a message and the small graphs once. */
const PIECE_S = 0.1
/** What waits longer than this will not be made up for. */
const LATE_S = 3

export class Live {
  /** The last seconds, and where in the whole sound they begin. */
  sound: Sound = { samples: new Float32Array(0), rate: 1 }
  offset = 0
  curve: number[] = []
  step = 0
  /** Seconds where the curve begins. */
  start = 0
  segments: Segment[] = []
  /** Of what came last; empty where nothing was told yet. */
  latest: Result | null = null
  made: Float32Array = new Float32Array(0)
  late = false
  failed: unknown = null
  /** Milliseconds of work, and seconds of sound, with less weight the older they are. */
  private work = 0
  private heard = 0
  private waiting: Float32Array[] = []
  private total = 0
  private busy = false
  private open = true

  constructor(private readonly model: Model, private readonly changed: () => void) {}

  /** How often the device could have done this work in the time. */
  get speed(): number {
    return this.work > 0 ? (this.heard * 1000) / this.work : 0
  }

  take(samples: Float32Array, rate: number): void {
    if (!this.open) return
    const most = Math.round((this.model.manifest.audio?.result === 'audio' ? MADE_S : SHOWN_S) * rate)
    const all = joined(this.sound.samples, samples)
    this.total += samples.length
    this.sound = { samples: all.length > most ? all.slice(all.length - most) : all, rate }
    this.offset = (this.total - this.sound.samples.length) / rate
    this.waiting.push(samples)
    if (!this.busy) void this.work1(rate)
  }

  /** The rest is told of, and nothing more taken. */
  async end(): Promise<void> {
    this.open = false
    while (this.busy) await new Promise((done) => setTimeout(done, 10))
    if (this.total > 0 && this.failed === null) await this.ask(flat(this.waiting.splice(0)), this.sound.rate, 'end').catch((error: unknown) => { this.failed = error })
  }

  private async work1(rate: number): Promise<void> {
    this.busy = true
    try {
      for (;;) {
        const size = this.waiting.reduce((sum, piece) => sum + piece.length, 0)
        if (size < PIECE_S * rate || !this.open) break
        this.late = size > LATE_S * rate
        if (this.late) this.waiting.splice(0, this.waiting.length - Math.ceil((LATE_S * rate) / 2 / (this.waiting[0]?.length ?? 1)))
        await this.ask(flat(this.waiting.splice(0)), rate, 'more')
        this.changed()
      }
    } catch (error) {
      this.failed = error
      this.open = false
      this.changed()
    } finally {
      this.busy = false
    }
  }

  private async ask(samples: Float32Array, rate: number, stream: 'more' | 'end'): Promise<void> {
    const begin = performance.now()
    const result = await this.model.predict({ samples, rate }, { stream, timestamps: 'word' })
    this.work = this.work * 0.95 + performance.now() - begin
    this.heard = this.heard * 0.95 + samples.length / rate
    this.add(result)
  }

  private add(result: Result): void {
    if (result.task === 'audio') {
      const all = joined(this.made, result.samples)
      const most = MADE_S * result.rate
      this.made = all.length > most ? all.slice(all.length - most) : all
    }
    if (result.task === 'segments' && result.curve && result.step) {
      if (this.curve.length === 0) this.start = result.start ?? 0
      this.step = result.step
      this.curve = [...this.curve, ...result.curve]
      const old = Math.max(0, Math.floor((this.offset - this.start) / this.step))
      this.curve.splice(0, old)
      this.start += old * this.step
    }
    const found = result.task === 'segments' || result.task === 'classification' ? result.segments ?? [] : []
    for (const part of found) this.join(part)
    this.segments = this.segments.filter(({ end }) => end > this.offset)
    if (result.task !== 'classification' || result.labels.length) this.latest = result
  }

  /** Parts that a piece's end has cut are one. */
  private join(part: Segment): void {
    const before = this.segments.findLast(({ label, end }) => label === part.label && part.start - end < 0.06)
    if (before) Object.assign(before, { end: Math.max(before.end, part.end), score: Math.max(before.score, part.score) })
    else this.segments.push({ ...part })
  }
}

function flat(pieces: Float32Array[]): Float32Array {
  return pieces.reduce<Float32Array>((all, piece) => joined(all, piece), new Float32Array(0))
}
