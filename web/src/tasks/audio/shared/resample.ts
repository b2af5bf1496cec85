/** A sound at another rate: band-limited interpolation with a Kaiser window, as builder/edgeweb/tasks/audio/resample.py does it. */

/** Zero crossings on each side, the part of the band that is kept, and the window's shape: what resampy calls "kaiser_best". */
const ZEROS = 64
const ROLLOFF = 0.9475937167399596
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

  constructor(readonly rate: number, readonly to: number) {
    const common = divisor(rate, to)
    this.up = to / common
    this.down = rate / common
    this.cutoff = Math.min(1, this.up / this.down) * ROLLOFF
    this.reach = Math.ceil(ZEROS / this.cutoff)
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
        const inside = Math.max(0, 1 - (distance / reach) ** 2)
        return (cutoff * sinc(cutoff * distance) * bessel(BETA * Math.sqrt(inside))) / bessel(BETA)
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
