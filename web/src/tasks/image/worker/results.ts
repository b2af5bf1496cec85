/** What a model found in a picture or made of it, from the model's own pixels back to those of the visitor's picture. */
import type { Box, Point, TensorLike } from '../../../shared/api.js'
import type { ImagePipeline } from '../../../shared/manifest.gen.js'
import { numberAt } from '../../../shared/tensors.js'
import type { Named } from '../../../worker/engine.js'
import { greys } from '../shared/greys.js'
import * as finer from './finer.js'
import { drawing, type Placed } from './pictures.js'

/** A mask with more pixels along a side than this shows no more and takes long. */
const MASK_SIDE = 1024
const LUMA = [0.299, 0.587, 0.114] as const

type Take = (name: string) => TensorLike

/** A box of the model's picture, turned by `angle` there, as it lies in the visitor's, whose axes may be scaled apart. */
export function turned(box: Box, angle: number, sx: number, sy: number): Box {
  const [w, h] = [box.width / sx, box.height / sy]
  const [across, down] = [[Math.cos(angle) * w * sx, Math.sin(angle) * w * sy], [-Math.sin(angle) * h * sx, Math.cos(angle) * h * sy]] as const
  const [width, height] = [Math.hypot(...across), Math.hypot(...down)]
  return { ...box, x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height, angle: Math.atan2(across[1], across[0]) }
}

/** Best first; what lies outside the picture is cut off, but for points, rotated boxes, and where the model's authors leave it. */
export function boxes(take: Take, { width, height, area, inner, fitted }: Placed, label: (index: number) => string, { points: marks, angles, names = [] }: { points?: TensorLike | undefined; angles?: TensorLike | undefined; names?: readonly string[] } = {}): Box[] {
  const [places, scores, classes] = [take('boxes'), take('scores'), take('classes')]
  const [sx, sy] = [area.width / inner.width, area.height / inner.height]
  const within = (value: number, most: number): number => (angles || fitted ? value : Math.min(most, Math.max(0, value)))
  const pointsOf = (i: number): { points?: Point[] } => {
    if (marks === undefined) return {}
    const count = marks.dims[1] ?? 0
    return {
      points: Array.from({ length: count }, (_, p) => {
        const [x = 0, y = 0, score = 0] = [0, 1, 2].map((k) => numberAt(marks.data, 3 * (count * i + p) + k, 'float32'))
        const name = names[p]
        return { ...(name === undefined ? {} : { name }), x: area.x + (x - inner.x) * sx, y: area.y + (y - inner.y) * sy, score }
      }),
    }
  }
  const found = Array.from({ length: scores.data.length }, (_, i) => {
    const [x = 0, y = 0, w = 0, h = 0] = [0, 1, 2, 3].map((k) => numberAt(places.data, 4 * i + k, 'float32'))
    const left = within(area.x + (x - inner.x) * sx, width)
    const top = within(area.y + (y - inner.y) * sy, height)
    const right = within(area.x + (x + w - inner.x) * sx, width)
    const bottom = within(area.y + (y + h - inner.y) * sy, height)
    const box = { label: label(Number(classes.data[i])), score: numberAt(scores.data, i, 'float32'), x: left, y: top, width: right - left, height: bottom - top, ...pointsOf(i) }
    return angles ? turned(box, numberAt(angles.data, i, 'float32'), sx, sy) : box
  })
  // What the model's authors leave may have no width.
  return found.filter((box) => fitted || (box.width > 0 && box.height > 0)).sort((a, b) => b.score - a.score)
}

/** The class of each pixel of the picture, or of a smaller one of its proportions; 0 where the model did not look. */
export function segmentation(take: Take, pipeline: ImagePipeline, { width, height, area, inner }: Placed, soft?: TensorLike): { width: number; height: number; mask: Uint8Array; alpha?: Uint8Array } {
  const { dims: [rows = 0, columns = 0], data } = take('mask')
  const shrink = Math.min(1, MASK_SIDE / Math.max(width, height))
  const [w, h] = [Math.max(1, Math.round(width * shrink)), Math.max(1, Math.round(height * shrink))]
  /** For each place along a side of the result the place along that side of the mask, or -1. */
  const along = (count: number, side: number, from: number, size: number, start: number, length: number, cells: number, whole: number): Int32Array =>
    Int32Array.from({ length: count }, (_, i) => {
      const share = (((i + 0.5) * side) / count - from) / size
      return share < 0 || share >= 1 ? -1 : Math.min(cells - 1, Math.floor(((start + share * length) * cells) / whole))
    })
  const xs = along(w, width, area.x, area.width, inner.x, inner.width, columns, pipeline.width)
  const ys = along(h, height, area.y, area.height, inner.y, inner.height, rows, pipeline.height)
  const laid = (from: Uint8Array): Uint8Array => {
    const into = new Uint8Array(w * h)
    for (let y = 0; y < h; y++) {
      const row = ys[y] as number
      if (row >= 0) for (let x = 0; x < w; x++) if ((xs[x] as number) >= 0) into[y * w + x] = from[row * columns + (xs[x] as number)] as number
    }
    return into
  }
  return { width: w, height: h, mask: laid(data as Uint8Array), ...(soft && { alpha: laid(soft.data as Uint8Array) }) }
}

/** Segments, each with its own name and how sure the model is of it; what belongs to none comes first. */
export function segmented({ width, height, mask, kept }: { width: number; height: number; mask: Uint8Array; kept: readonly number[] }, sure: readonly number[], names: readonly string[]): { task: 'segmentation'; width: number; height: number; mask: Uint8Array; labels: string[]; scores: number[] } {
  return { task: 'segmentation', width, height, mask, labels: ['unlabelled', ...kept.map((k) => names[k] ?? '')], scores: [0, ...kept.map((k) => sure[k] ?? 0)] }
}

/** The part of a map that the model saw of the visitor's picture, as it has it and as greys, the largest value in white. */
export function deep({ dims: [rows = 0, columns = 0], data }: TensorLike, pipeline: ImagePipeline, placed: Placed): { width: number; height: number; values: Float32Array; image: ImageData } {
  if (placed.fitted) {
    const { width, height, values } = finer.values({ type: 'float32', dims: [rows, columns], data }, placed)
    return { width, height, values, image: greys(values, width, height) }
  }
  const { inner } = placed
  const [fx, fy] = [columns / pipeline.width, rows / pipeline.height]
  const [left, top] = [Math.round(inner.x * fx), Math.round(inner.y * fy)]
  const [width, height] = [Math.max(1, Math.min(columns - left, Math.round(inner.width * fx))), Math.max(1, Math.min(rows - top, Math.round(inner.height * fy)))]
  const values = Float32Array.from({ length: width * height }, (_, i) => numberAt(data, (top + Math.floor(i / width)) * columns + left + (i % width), 'float32'))
  return { width, height, values, image: greys(values, width, height) }
}

/** The picture that the model made, with the proportions of what it was made from, and that one's colours where it has none of its own. */
export function painted(outputs: Named, pipeline: ImagePipeline, { area, inner, seen, fitted }: Placed): ImageData {
  const pixels = outputs.get('pixels')
  const [rows = 1, columns = 1, channels = 1] = pixels?.dims ?? []
  const whole = new ImageData(columns, rows)
  for (let i = 0; i < rows * columns; i++) {
    for (let k = 0; k < 3; k++) whole.data[4 * i + k] = Number(pixels?.data[channels * i + (channels === 1 ? 0 : k)])
    whole.data[4 * i + 3] = 255
  }
  if (fitted) return whole
  const [fx, fy] = [columns / pipeline.width, rows / pipeline.height]
  const part = { x: inner.x * fx, y: inner.y * fy, width: inner.width * fx, height: inner.height * fy }
  // As many pixels as the model gave.
  const scale = Math.sqrt((part.width * part.height) / (area.width * area.height))
  const [w, h] = [Math.max(1, Math.round(area.width * scale)), Math.max(1, Math.round(area.height * scale))]
  const same = w === columns && h === rows
  const made = same ? whole : redrawn(whole, part, w, h)
  return pipeline.brightness && seen ? coloured(made, seen) : made
}

function redrawn(image: ImageData, from: { x: number; y: number; width: number; height: number }, width: number, height: number): ImageData {
  const source = drawing(image.width, image.height)
  source.context.putImageData(image, 0, 0)
  const { context } = drawing(width, height)
  context.drawImage(source.canvas, from.x, from.y, from.width, from.height, 0, 0, width, height)
  return context.getImageData(0, 0, width, height)
}

/** Each pixel of `colours`, moved to the brightness of the one of `grey`: what stays is the difference of its channels from that. */
function coloured(grey: ImageData, colours: OffscreenCanvas): ImageData {
  const { context } = drawing(grey.width, grey.height)
  context.drawImage(colours, 0, 0, grey.width, grey.height)
  const image = context.getImageData(0, 0, grey.width, grey.height)
  const { data } = image
  for (let i = 0; i < data.length; i += 4) {
    const luma = LUMA[0] * (data[i] ?? 0) + LUMA[1] * (data[i + 1] ?? 0) + LUMA[2] * (data[i + 2] ?? 0)
    const shift = (grey.data[i] ?? 0) - luma
    for (let k = 0; k < 3; k++) data[i + k] = (data[i + k] ?? 0) + shift
    data[i + 3] = 255
  }
  return image
}
