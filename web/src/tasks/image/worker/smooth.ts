/** Pictures made smaller by a Gaussian, and linearly, in floats: as builder/edgeweb/tasks/image/smooth.py does it. */

/** Half of white, on which a picture that is no square lies. */
const GREY = 127.5
/** How many deviations of it a Gaussian reaches. */
const REACH = 4
/** Pixels of the source that are held at once. */
const STRIP = 1 << 19

/** For each pixel of the result the first of the source that it is made of, and the weights from there on. */
interface Taps { first: number[]; weights: Float64Array[] }

interface Sides { width: number; height: number }

/** What each of `to` pixels has of each of `side`. */
export function taps(side: number, to: number): Taps {
  const scale = side / to
  const deviation = Math.max(0, (scale - 1) / 2)
  const reach = Math.trunc(REACH * deviation + 0.5)
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / (deviation || 1)) ** 2))
  const whole = kernel.reduce((sum, weight) => sum + weight, 0)
  const found: Taps = { first: [], weights: [] }
  for (let i = 0; i < to; i++) {
    const at = (i + 0.5) * scale - 0.5
    const low = Math.floor(at)
    // Beyond its ends a side goes back, so that nothing is farther away than this.
    const first = Math.max(0, low - reach - 1)
    const weights = new Float64Array(Math.min(side, low + reach + 3) - first)
    for (const [middle, share] of [[mirrored(low, side), low + 1 - at], [mirrored(low + 1, side), at - low]] as const) {
      for (let k = 0; k < kernel.length; k++) {
        const place = mirrored(middle + k - reach, side) - first
        weights[place] = (weights[place] as number) + (share * (kernel[k] as number)) / whole
      }
    }
    found.first.push(first)
    found.weights.push(weights)
  }
  return found
}

function mirrored(at: number, side: number): number {
  if (side === 1) return 0
  const turn = 2 * (side - 1)
  const there = ((at % turn) + turn) % turn
  return Math.min(there, turn - there)
}

/**
 * RGBA of `to`.
 *
 * @param squared on grey below, or at the right.
 * @param read gives whole rows of the picture, RGBA: `count` of them from row `first` on.
 */
export function smoothed({ width, height }: Sides, to: Sides, squared: boolean, read: (first: number, count: number) => Uint8ClampedArray): Float32Array {
  const most = Math.max(width, height)
  const [across, down] = [taps(squared ? most : width, to.width), taps(squared ? most : height, to.height)]
  const sums = new Float64Array(4 * to.width * to.height)
  const row = new Float64Array(4 * to.width)
  const step = Math.max(1, Math.floor(STRIP / width))
  for (let top = 0; top < height; top += step) {
    const count = Math.min(step, height - top)
    const bytes = read(top, count)
    for (let y = 0; y < count; y++) {
      narrowed(bytes, y * width, width, across, row)
      added(row, top + y, down, sums)
    }
  }
  // All weights of a pixel add up to 1, so what lies on grey is what differs from it.
  return Float32Array.from(sums, (value, i) => (i % 4 === 3 ? 255 : value + GREY))
}

/** A row of the source, as it differs from grey, brought to the width of the result. */
function narrowed(bytes: Uint8ClampedArray, from: number, width: number, { first, weights }: Taps, row: Float64Array): void {
  for (let x = 0; x < weights.length; x++) {
    const [start, own] = [first[x] as number, weights[x] as Float64Array]
    let [r, g, b] = [0, 0, 0]
    for (let k = 0, at = 4 * (from + start), end = Math.min(own.length, width - start); k < end; k++, at += 4) {
      const weight = own[k] as number
      r += weight * ((bytes[at] as number) - GREY)
      g += weight * ((bytes[at + 1] as number) - GREY)
      b += weight * ((bytes[at + 2] as number) - GREY)
    }
    row[4 * x] = r
    row[4 * x + 1] = g
    row[4 * x + 2] = b
  }
}

/** The row `y` of the source into every row of the result that has something of it. */
function added(row: Float64Array, y: number, { first, weights }: Taps, sums: Float64Array): void {
  for (let into = 0; into < weights.length; into++) {
    const weight = weights[into]?.[y - (first[into] as number)]
    if (weight === undefined || weight === 0) continue
    for (let x = 0, at = into * row.length; x < row.length; x++, at++) sums[at] = (sums[at] as number) + weight * (row[x] as number)
  }
}
