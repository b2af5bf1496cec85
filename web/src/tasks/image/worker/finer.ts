/** Maps that are coarser or finer than the picture, brought to its size between their cells as PyTorch's interpolate does it. */
import type { TensorLike } from '../../../shared/api.js'

/** A map of more pixels shows no more, and takes long. */
const MOST_PIXELS = 1 << 22

interface Sides { width: number; height: number }

/** The picture's size, or the largest one of its proportions that is worth the time. */
export function within({ width, height }: Sides): Sides {
  const shrink = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)))
  return { width: Math.max(1, Math.round(width * shrink)), height: Math.max(1, Math.round(height * shrink)) }
}

/** Of each place along a side of `to` the cells of `from` around it, and how much of each of them. */
interface Taps { cells: Int32Array; shares: Float32Array; each: number }

function linear(from: number, to: number): Taps {
  const found: Taps = { cells: new Int32Array(2 * to), shares: new Float32Array(2 * to), each: 2 }
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, (i + 0.5) * (from / to) - 0.5)
    const first = Math.min(from - 1, Math.floor(at))
    found.cells.set([first, Math.min(from - 1, first + 1)], 2 * i)
    found.shares.set([1 - (at - first), at - first], 2 * i)
  }
  return found
}

/** PyTorch's constant. */
const A = -0.75
const near = (x: number): number => ((A + 2) * x - (A + 3)) * x * x + 1
const far = (x: number): number => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A

function cubic(from: number, to: number): Taps {
  const found: Taps = { cells: new Int32Array(4 * to), shares: new Float32Array(4 * to), each: 4 }
  for (let i = 0; i < to; i++) {
    const at = (i + 0.5) * (from / to) - 0.5
    const first = Math.floor(at)
    const t = at - first
    found.cells.set([-1, 0, 1, 2].map((k) => Math.min(from - 1, Math.max(0, first + k))), 4 * i)
    found.shares.set([far(t + 1), near(t), near(1 - t), far(2 - t)], 4 * i)
  }
  return found
}

/** One row of the result, between the rows of `plane` and then between its columns. */
function row(plane: Float32Array, columns: number, y: number, down: Taps, across: Taps, between: Float32Array, into: Float32Array): void {
  between.fill(0)
  for (let k = 0; k < down.each; k++) {
    const [share, start] = [down.shares[y * down.each + k] as number, (down.cells[y * down.each + k] as number) * columns]
    if (share !== 0) for (let x = 0; x < columns; x++) between[x] = (between[x] as number) + share * (plane[start + x] as number)
  }
  const { cells, shares, each } = across
  for (let x = 0, at = 0; x < into.length; x++) {
    let sum = 0
    for (let k = 0; k < each; k++, at++) sum += (shares[at] as number) * (between[cells[at] as number] as number)
    into[x] = sum
  }
}

const planesOf = ({ dims, data }: TensorLike): { count: number; rows: number; columns: number; plane: (c: number) => Float32Array } => {
  const [columns = 1, rows = 1, count = 1] = [...dims].reverse()
  return { count, rows, columns, plane: (c) => (data as Float32Array).subarray(c * rows * columns, (c + 1) * rows * columns) }
}

/** The class with the best score at each pixel; of two also how far it is the second, 0 to 255. */
export function classes(planes: TensorLike, picture: Sides): Sides & { mask: Uint8Array; alpha?: Uint8Array } {
  const { count, rows, columns, plane } = planesOf(planes)
  const { width, height } = within(picture)
  const [down, across] = [linear(rows, height), linear(columns, width)]
  const [mask, alpha] = [new Uint8Array(width * height), count === 2 ? new Uint8Array(width * height) : undefined]
  const [between, scores, best] = [new Float32Array(columns), new Float32Array(width), new Float32Array(width)]
  for (let y = 0; y < height; y++) {
    best.fill(-Infinity)
    for (let c = 0; c < count; c++) {
      row(plane(c), columns, y, down, across, between, scores)
      for (let x = 0, at = y * width; x < width; x++, at++) {
        const [score, most] = [scores[x] as number, best[x] as number]
        if (alpha && c === 1) alpha[at] = Math.round(255 / (1 + Math.exp(most - score)))
        if (score > most) [mask[at], best[x]] = [c, score]
      }
    }
  }
  return { width, height, mask, ...(alpha && { alpha }) }
}

/** How much of a mask says that something is there, and how much of that must be the segment's own, as in transformers' pipeline. */
const [THERE, OWN] = [0.5, 0.5]

/** The number of the segment at each pixel, 0 where none is, and which of the masks they are; undefined: there is none. */
export function segments(masks: TensorLike, sure: readonly number[], picture: Sides): (Sides & { mask: Uint8Array; kept: number[] }) | undefined {
  const { count, rows, columns, plane } = planesOf(masks)
  if (sure.length === 0) return undefined
  const { width, height } = within(picture)
  const [down, across] = [linear(rows, height), linear(columns, width)]
  const mask = new Uint8Array(width * height)
  const [between, values, best] = [new Float32Array(columns), new Float32Array(width), new Float32Array(width)]
  const [own, there] = [new Uint32Array(count), new Uint32Array(count)]
  for (let y = 0; y < height; y++) {
    best.fill(-Infinity)
    for (let k = 0; k < count; k++) {
      row(plane(k), columns, y, down, across, between, values)
      for (let x = 0, at = y * width; x < width; x++, at++) {
        const value = Math.fround((values[x] as number) * (sure[k] as number))
        if (value >= THERE) there[k] = (there[k] as number) + 1
        if (value > (best[x] as number)) [mask[at], best[x]] = [k, value]
      }
    }
  }
  for (const place of mask) own[place] = (own[place] as number) + 1
  const kept = Array.from(own, (_, k) => k).filter((k) => (there[k] as number) > 0 && (own[k] as number) > OWN * (there[k] as number))
  const numbers = Uint8Array.from({ length: count }, (_, k) => kept.indexOf(k) + 1)
  return kept.length === 0 ? undefined : { width, height, mask: mask.map((place) => numbers[place] as number), kept }
}

/** The values of one map at each pixel: by curves between four cells, or by lines between two. */
export function values(map: TensorLike, picture: Sides, taps: 'cubic' | 'linear' = 'cubic'): Sides & { values: Float32Array } {
  const { rows, columns, plane } = planesOf(map)
  const { width, height } = within(picture)
  const between = new Float32Array(columns)
  const [down, across] = taps === 'cubic' ? [cubic(rows, height), cubic(columns, width)] : [linear(rows, height), linear(columns, width)]
  const made = new Float32Array(width * height)
  for (let y = 0; y < height; y++) row(plane(0), columns, y, down, across, between, made.subarray(y * width, (y + 1) * width))
  return { width, height, values: made }
}

/** How far each pixel stands in front, 0 to 255, by lines between the cells of a map; and which do. */
export function matte({ dims, data }: TensorLike, picture: Sides): Sides & { mask: Uint8Array; alpha: Uint8Array } {
  const { width, height, values: made } = values({ type: 'float32', dims, data: Float32Array.from(data as Uint8Array) }, picture, 'linear')
  const alpha = Uint8Array.from(made, Math.round)
  return { width, height, mask: alpha.map((each) => (each > 127 ? 1 : 0)), alpha }
}
