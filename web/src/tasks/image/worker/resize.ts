/**
 * Resizing with Pillow's filters and in its integers: browser and Python give the same bytes.
 *
 * Browsers shrink pictures each in a way of its own, so this reads the picture's own pixels, a few rows at a time.
 */

import type { Fit } from '../../../shared/manifest.gen.js'

const BITS = 22
const HALF = 1 << (BITS - 1)
type Filter = Exclude<Fit['resample'], 'smooth'>

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))
const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x))

/** Each filter's reach and, within that, its weight at a distance: as in Pillow's Resample.c. */
const FILTERS: Record<Exclude<Filter, 'nearest'>, { reach: number; weight: (x: number) => number }> = {
  bilinear: { reach: 1, weight: triangle },
  bicubic: { reach: 2, weight: (x) => { const d = Math.abs(x); return d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0 } },
  lanczos: { reach: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
  box: { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  hamming: { reach: 1, weight: (x) => { const d = Math.abs(x); return d >= 1 ? 0 : sinc(d) * (0.54 + 0.46 * Math.cos(Math.PI * d)) } },
}

/** Pixels of the source that are held at once. */
const STRIP = 1 << 19

export interface Span { from: number; length: number; to: number }

/** For each pixel of the result: the first of the source that it is made of, how many, and `most` weights with BITS of fraction. */
interface Taps { first: Int32Array; count: Int32Array; weights: Int32Array; most: number }

/** `to` pixels of a side of `size`, of which they show `length` from `from`. */
export function taps(size: number, { from, length, to }: Span, filter: Filter = 'bilinear'): Taps {
  if (filter === 'nearest') return nearest(from, length, to)
  const { reach, weight } = FILTERS[filter]
  // Pillow keeps a box's edges in single precision.
  const [start, end] = [Math.fround(from), Math.fround(from + length)]
  const scale = (end - start) / to
  const stretch = Math.max(1, scale)
  const support = reach * stretch
  const most = Math.ceil(support) * 2 + 1
  const found: Taps = { first: new Int32Array(to), count: new Int32Array(to), weights: new Int32Array(to * most), most }
  const exact = new Float64Array(most)
  for (let i = 0; i < to; i++) {
    const centre = start + (i + 0.5) * scale
    const first = Math.max(0, Math.trunc(centre - support + 0.5))
    const count = Math.min(size, Math.trunc(centre + support + 0.5)) - first
    let sum = 0
    for (let k = 0; k < count; k++) sum += exact[k] = weight((k + first - centre + 0.5) * (1 / stretch))
    found.first[i] = first
    found.count[i] = count
    for (let k = 0; k < count; k++) {
      const share = (sum === 0 ? (exact[k] as number) : (exact[k] as number) / sum) * (1 << BITS)
      found.weights[i * most + k] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5)
    }
  }
  return found
}

/** The pixel under each one's middle. */
function nearest(from: number, length: number, to: number): Taps {
  const first = Int32Array.from({ length: to }, (_, i) => Math.trunc(from + (i + 0.5) * (length / to)))
  return { first, count: new Int32Array(to).fill(1), weights: new Int32Array(to).fill(1 << BITS), most: 1 }
}

/**
 * RGBA of `across.to` x `down.to` pixels.
 *
 * @param read gives whole rows of the picture, RGBA: `count` of them from row `first` on, of `width` columns from `left`.
 */
export function resample(width: number, height: number, across: Span, down: Span, read: (left: number, first: number, width: number, count: number) => Uint8ClampedArray, filter: Filter = 'bilinear'): Uint8Array {
  const same = (size: number, { from, length, to }: Span): boolean => from === 0 && length === size && to === size
  if (same(width, across) && same(height, down)) return new Uint8Array(read(0, 0, width, height).buffer)
  const [columns, rows] = [taps(width, across, filter), taps(height, down, filter)]
  const left = columns.first[0] as number
  const used = last(columns) - left
  // As Pillow 13 chooses; each pass rounds to bytes, so the order can be seen.
  if (height - down.to > 2 * Math.max(0, width - across.to)) return downFirst(columns, rows, left, used, read)
  const [top, bottom] = [rows.first[0] as number, last(rows)]
  const narrow = new Uint8ClampedArray((bottom - top) * across.to * 4)
  const step = Math.max(1, Math.floor(STRIP / used))
  for (let row = top; row < bottom; row += step) {
    const count = Math.min(step, bottom - row)
    narrowed(read(left, row, used, count), count, used, left, columns, narrow, (row - top) * across.to * 4)
  }
  return shortened(narrow, across.to, top, rows)
}

/** The rows first, as many at once as are held anyway. */
function downFirst(columns: Taps, rows: Taps, left: number, used: number, read: (left: number, first: number, width: number, count: number) => Uint8ClampedArray): Uint8Array {
  const [across, down] = [columns.first.length, rows.first.length]
  const into = new Uint8ClampedArray(across * down * 4).fill(255)
  const most = Math.max(1, Math.floor(STRIP / used))
  for (let row = 0, end = 0; row < down; row = end) {
    const top = rows.first[row] as number
    for (end = row + 1; end < down && last(part(rows, row, end + 1)) - top <= most;) end++
    const some = part(rows, row, end)
    const count = last(some) - top
    narrowed(new Uint8ClampedArray(shortened(read(left, top, used, count), used, top, some).buffer), end - row, used, left, columns, into, row * across * 4)
  }
  return new Uint8Array(into.buffer)
}

function part({ first, count, weights, most }: Taps, from: number, end: number): Taps {
  return { first: first.subarray(from, end), count: count.subarray(from, end), weights: weights.subarray(from * most, end * most), most }
}

function last({ first, count }: Taps): number {
  return (first.at(-1) as number) + (count.at(-1) as number)
}

/** Each row of `from` brought to as many pixels as there are `columns`. */
function narrowed(from: Uint8ClampedArray, count: number, used: number, left: number, columns: Taps, into: Uint8ClampedArray, at: number): void {
  const { first, count: counts, weights, most } = columns
  const to = first.length
  for (let y = 0; y < count; y++) {
    for (let x = 0; x < to; x++) {
      let r = HALF
      let g = HALF
      let b = HALF
      let source = (y * used + (first[x] as number) - left) * 4
      for (let k = x * most, end = k + (counts[x] as number); k < end; k++, source += 4) {
        const weight = weights[k] as number
        r = (r + Math.imul(from[source] as number, weight)) | 0
        g = (g + Math.imul(from[source + 1] as number, weight)) | 0
        b = (b + Math.imul(from[source + 2] as number, weight)) | 0
      }
      into[at] = r >> BITS
      into[at + 1] = g >> BITS
      into[at + 2] = b >> BITS
      at += 4
    }
  }
}

/** The columns of `from` brought to as many pixels as there are `rows`. */
function shortened(from: Uint8ClampedArray, width: number, top: number, rows: Taps): Uint8Array {
  const { first, count, weights, most } = rows
  const into = new Uint8ClampedArray(first.length * width * 4).fill(255)
  const sums = new Int32Array(width * 4)
  for (let y = 0; y < first.length; y++) {
    sums.fill(HALF)
    let source = ((first[y] as number) - top) * width * 4
    for (let k = 0; k < (count[y] as number); k++) {
      const weight = weights[y * most + k] as number
      for (let i = 0; i < sums.length; i++, source++) sums[i] = (sums[i] as number) + Math.imul(from[source] as number, weight)
    }
    for (let i = 0, at = y * sums.length; i < sums.length; i++, at++) if ((i & 3) !== 3) into[at] = (sums[i] as number) >> BITS
  }
  return new Uint8Array(into.buffer)
}
