/** A sound at another rate: band-limited interpolation with a window, as builder/edgeweb/tasks/audio/resample.py does it. */
import type { AudioPipeline } from '../../../shared/manifest.gen.js'

export type Filter = NonNullable<AudioPipeline['resampler']>

/** Zero crossings on each side, and the part of the band that is kept: what resampy calls "kaiser_best", and torchaudio's usual filter. */
const SHAPES: Record<Filter, { zeros: number; rolloff: number }> = { kaiser: { zeros: 64, rolloff: 0.9475937167399596 }, hann: { zeros: 6, rolloff: 0.99 } }
const BETA = 14.769656459379492

/** Takes a sound in pieces of any length; what comes out does not depend on where it was cut. */
export class Resampler {
  private readonly up: number
  private readonly down: number
  private readonly cutoff: number
  private readonly reach: number
  private readonly filters = new Map<number, Float64Array>()
  /** Samples that are still needed; the first of them is number `from` of the sound. */
  private held = new Float32Array(0)
  private from = 0
  private taken = 0
  private given = 0

  constructor(readonly rate: number, readonly to: number, private readonly shape: Filter = 'kaiser') {
    const common = divisor(rate, to)
    this.up = to / common
    this.down = rate / common
    this.cutoff = Math.min(1, this.up / this.down) * SHAPES[shape].rolloff
    this.reach = Math.ceil(SHAPES[shape].zeros / this.cutoff)
    // Silence before the sound.
    this.held = new Float32Array(this.reach)
    this.from = -this.reach
  }

  push(samples: Float32Array): Float32Array {
    if (this.rate === this.to) return samples
    this.taken += samples.length
    this.held = joined(this.held, samples)
    // Output m lies after sample floor(m * down / up), and needs `reach` samples behind that.
    const known = this.taken - this.reach
    return this.make(known <= 0 ? 0 : Math.ceil((known * this.up) / this.down))
  }

  /** What silence after the sound still brings out. */
  end(): Float32Array {
    if (this.rate === this.to) return new Float32Array(0)
    this.held = joined(this.held, new Float32Array(this.reach + 1))
    return this.make(Math.ceil((this.taken * this.up) / this.down))
  }

  private make(end: number): Float32Array {
    const { up, down, reach, held, from } = this
    const made = new Float32Array(Math.max(0, end - this.given))
    for (let i = 0; i < made.length; i++) {
      const place = (this.given + i) * down
      const phase = place % up
      const filter = this.filter(phase)
      const first = (place - phase) / up - reach + 1 - from
      let sum = 0
      for (let k = 0; k < filter.length; k++) sum += (filter[k] as number) * (held[first + k] as number)
      made[i] = sum
    }
    this.given += made.length
    const next = Math.floor((this.given * down) / up) - reach + 1
    if (next > from) {
      this.held = held.slice(next - from)
      this.from = next
    }
    return made
  }

  private filter(phase: number): Float64Array {
    let made = this.filters.get(phase)
    if (made === undefined) {
      const { cutoff, reach } = this
      made = Float64Array.from({ length: 2 * reach }, (_, k) => {
        const distance = k - reach + 1 - phase / this.up
        return cutoff * sinc(cutoff * distance) * (this.shape === 'hann' ? hann((cutoff * distance) / SHAPES.hann.zeros) : kaiser(distance / reach))
      })
      this.filters.set(phase, made)
    }
    return made
  }
}

export function joined(a: Float32Array, b: Float32Array): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}

/** @param x -1 to 1; nothing around that. */
function hann(x: number): number {
  return Math.cos((Math.max(-1, Math.min(1, x)) * Math.PI) / 2) ** 2
}

function kaiser(x: number): number {
  return bessel(BETA * Math.sqrt(Math.max(0, 1 - x ** 2))) / bessel(BETA)
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

/** The modified Bessel function of the first kind and order 0, by its power series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1]
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
