/** Cuts a sound that arrives in pieces into the windows that a model takes, as builder/edgeweb/tasks/audio/windows.py does. */
import type { AudioPipeline } from '../../../shared/manifest.gen.js'
import { joined } from '../shared/resample.js'

export class Windows {
  /** The sound from the beginning of the next window on, with silence before it. */
  private held: Float32Array
  private taken = 0
  /** How many windows were given. */
  made = 0

  constructor(private readonly pipeline: AudioPipeline) {
    this.held = new Float32Array(pipeline.lead)
  }

  /** Samples that came in. */
  get samples(): number {
    return this.taken
  }

  /** The windows that are complete, one after the other: [N, length]. */
  push(samples: Float32Array): Float32Array {
    this.taken += samples.length
    this.held = joined(this.held, samples)
    const { length, hop } = this.pipeline
    return this.cut(this.held.length < length ? 0 : Math.floor((this.held.length - length) / hop) + 1)
  }

  /** What is left, filled up with silence. */
  end(): Float32Array {
    const { length, hop } = this.pipeline
    const left = Math.max(0, this.total() - this.made)
    const need = left === 0 ? 0 : (left - 1) * hop + length
    if (need > this.held.length) this.held = joined(this.held, new Float32Array(need - this.held.length))
    return this.cut(left)
  }

  /** A clip's last window has half a hop of something new at least; the other results have something to say of every sample. */
  private total(): number {
    const { length, hop, lead, result } = this.pipeline
    const all = this.taken + lead
    if (result !== 'classification' && result !== 'anomaly') return Math.max(1, Math.ceil((result === 'audio' ? all : this.taken) / hop))
    const full = all >= length ? Math.floor((all - length) / hop) + 1 : 0
    const rest = full ? all - ((full - 1) * hop + length) : 0
    return Math.max(1, full + (full > 0 && result === 'classification' && rest * 2 >= hop ? 1 : 0))
  }

  private cut(count: number): Float32Array {
    const { length, hop } = this.pipeline
    const made = new Float32Array(count * length)
    for (let i = 0; i < count; i++) made.set(this.held.subarray(i * hop, i * hop + length), i * length)
    this.held = this.held.slice(count * hop)
    this.made += count
    return made
  }
}
