/** Windows of a new sound put together: added up where the model was trained so, or faded into each other. */
import type { AudioPipeline } from '../../../shared/manifest.gen.js'

export class Mix {
  /** Sums, and what they are to be divided by, from the beginning of the next window on. */
  private sum: Float32Array
  private weight: Float32Array
  /** How much of the silence before the sound is still to be left out. */
  private skip: number

  constructor(private readonly pipeline: AudioPipeline) {
    this.sum = new Float32Array(pipeline.length)
    this.weight = new Float32Array(pipeline.length)
    this.skip = pipeline.lead
  }

  /** Windows [N, length], and what is final by then. */
  add(windows: Float32Array): Float32Array {
    const { length, hop } = this.pipeline
    const count = windows.length / length
    const made = new Float32Array(count * hop)
    for (let i = 0; i < count; i++) {
      for (let n = 0; n < length; n++) {
        const share = this.share(n)
        this.sum[n] = (this.sum[n] as number) + share * (windows[i * length + n] as number)
        this.weight[n] = (this.weight[n] as number) + share
      }
      for (let n = 0; n < hop; n++) made[i * hop + n] = this.value(n)
      for (const line of [this.sum, this.weight]) {
        line.copyWithin(0, hop)
        line.fill(0, length - hop)
      }
    }
    return this.final(made)
  }

  /** What is left. */
  end(): Float32Array {
    return this.pipeline.result === 'audio' ? this.final(Float32Array.from(this.sum, (_, n) => this.value(n))) : new Float32Array(0)
  }

  /** A triangle, never quite nothing; or all of it. */
  private share(n: number): number {
    const { length, overlap } = this.pipeline
    return overlap === 'fade' ? Math.min(n + 1, length - n) / length : 1
  }

  private value(n: number): number {
    const sum = this.sum[n] as number
    return this.pipeline.overlap === 'fade' ? sum / Math.max(this.weight[n] as number, 1e-9) : sum
  }

  private final(made: Float32Array): Float32Array {
    const cut = Math.min(this.skip, made.length)
    this.skip -= cut
    return made.subarray(cut)
  }
}
