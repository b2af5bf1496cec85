/** A picture of any size to the pixels that the compiled pre-processing graph takes, and where these lie in the picture. */
import type { TensorLike } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { Fit, ImagePipeline } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import { frame, places } from './fit.js'
import { resample } from './resize.js'
import { smoothed } from './smooth.js'
import { around, warped, type Area } from './warp.js'

/** A picture's colours are kept in at most this many times the model's pixels along a side. */
const COLOURS = 4

const MAX_SIDE = 16384

/** `width`, `height`: of the picture; `area` of it is what the model sees, in `inner` of the model's own pixels. `seen`: that area, where its colours are wanted. `fitted`: what the model gives lies over the whole picture, and is shown as it is. */
export interface Placed {
  width: number
  height: number
  area: Area
  inner: Area
  seen: OffscreenCanvas | null
  fitted: boolean
}

/** Put on white, crop, resize, and describe what is left to pad. Feeds of `ImagePipeline.preprocess`. */
export async function pictureFeeds(image: ImageBitmap | ImageData, pipeline: ImagePipeline): Promise<{ feeds: Named; placed: Placed }> {
  const bitmap = await toBitmap(image)
  try {
    const { width, height } = bitmap
    if (pipeline.fit != null) return fitted(bitmap, pipeline, pipeline.fit)
    const area = pipeline.resize === 'crop' ? centred(width, height, pipeline) : { x: 0, y: 0, width, height }
    const inner = innerArea(area.width, area.height, pipeline)
    const pixels = seenPixels(bitmap, area, inner)
    const feeds = new Map<string, TensorLike>([['pixels', { type: 'uint8', dims: [inner.height, inner.width, 4], data: pixels }], ['pads', padding(inner, pipeline)]])
    return { feeds, placed: { width, height, area, inner, seen: pipeline.brightness ? colours(bitmap, area, pipeline) : null, fitted: false } }
  } finally {
    bitmap.close()
  }
}

/** The same of each box in it. */
export async function boxFeeds(image: ImageBitmap | ImageData, pipeline: ImagePipeline, boxes: readonly Area[]): Promise<{ feeds: Named; placed: Placed }[]> {
  const bitmap = await toBitmap(image)
  try {
    return boxes.map((box) => boxed(bitmap, pipeline, box))
  } finally {
    bitmap.close()
  }
}

/** Used for every picture: a camera's many would each leave one behind, which browsers are in no hurry to free. */
let strip: { canvas: OffscreenCanvas; context: OffscreenCanvasRenderingContext2D } | undefined

/** As the model's authors bring a picture to its size. */
function fitted(bitmap: ImageBitmap, pipeline: ImagePipeline, fit: Fit): { feeds: Named; placed: Placed } {
  const { resized, first, size, left, top, bars } = frame(fit, bitmap)
  const whole = { x: 0, y: 0, width: bitmap.width, height: bitmap.height }
  if (fit.rule === 'around') return boxed(bitmap, pipeline, whole)
  if (fit.resample === 'smooth') return floats(bitmap, pipeline, size, fit.squared === true)
  const seen = seenPixels(bitmap, whole, { x: 0, y: 0, ...(first ?? resized) }, fit.resample)
  const made = first === undefined ? seen : again(seen, first, resized)
  const same = size.width === resized.width && size.height === resized.height
  const pixels = same ? made : laid(made, resized.width, places(size.width, resized.width, left, fit.pad === 'mirror'), places(size.height, resized.height, top, fit.pad === 'mirror'))
  const pads = [0, 0, bars.top, bars.left, 0, 0, bars.bottom, bars.right]
  const feeds = new Map<string, TensorLike>([
    ['pixels', { type: 'uint8', dims: [size.height, size.width, 4], data: pixels }],
    ['pads', { type: 'int64', dims: [8], data: BigInt64Array.from(pads.map(BigInt)) }],
  ])
  const inner = { x: 0, y: 0, width: pipeline.width, height: pipeline.height }
  return { feeds, placed: { width: bitmap.width, height: bitmap.height, area: whole, inner, seen: null, fitted: true } }
}

/** Where no bytes come in between. @param squared on grey, of which the model sees as much as of the picture. */
function floats(bitmap: ImageBitmap, pipeline: ImagePipeline, size: { width: number; height: number }, squared: boolean): { feeds: Named; placed: Placed } {
  const { width, height } = bitmap
  const pixels = smoothed(bitmap, size, squared, (first, count) => seenRows(bitmap, 0, first, width, count))
  const feeds = new Map<string, TensorLike>([
    ['pixels', { type: 'float32', dims: [size.height, size.width, 4], data: pixels }], ['pads', { type: 'int64', dims: [8], data: new BigInt64Array(8) }],
  ])
  const most = Math.max(width, height)
  const area = { x: 0, y: 0, ...(squared ? { width: most, height: most } : { width, height }) }
  return { feeds, placed: { width, height, area, inner: { x: 0, y: 0, width: pipeline.width, height: pipeline.height }, seen: null, fitted: true } }
}

/** A box, and what lies around it. */
function boxed(bitmap: ImageBitmap, { width, height }: ImagePipeline, box: Area): { feeds: Named; placed: Placed } {
  const pixels = warped(bitmap, box, { width, height }, (left, top, wide, high) => seenRows(bitmap, left, top, wide, high))
  const feeds = new Map<string, TensorLike>([['pixels', { type: 'uint8', dims: [height, width, 4], data: pixels }], ['pads', { type: 'int64', dims: [8], data: new BigInt64Array(8) }]])
  // From the middle of the first pixel to that of the last one.
  const inner = { x: 0, y: 0, width: width - 1, height: height - 1 }
  return { feeds, placed: { width: bitmap.width, height: bitmap.height, area: around(box, { width, height }), inner, seen: null, fitted: true } }
}

/** Resized once more. */
function again(pixels: Uint8Array, from: { width: number; height: number }, to: { width: number; height: number }): Uint8Array {
  const rows = (left: number, top: number, width: number, count: number): Uint8ClampedArray => {
    const part = new Uint8ClampedArray(4 * width * count)
    for (let y = 0; y < count; y++) part.set(pixels.subarray(4 * ((top + y) * from.width + left), 4 * ((top + y) * from.width + left + width)), 4 * y * width)
    return part
  }
  return resample(from.width, from.height, { from: 0, length: from.width, to: to.width }, { from: 0, length: from.height, to: to.height }, rows, 'bicubic')
}

/** Its pixels in other places, with black where none of them is. */
function laid(from: Uint8Array, width: number, xs: Int32Array, ys: Int32Array): Uint8Array {
  const [pixels, into] = [new Uint32Array(from.buffer), new Uint32Array(xs.length * ys.length)]
  for (let y = 0, to = 0; y < ys.length; y++) {
    for (let x = 0; x < xs.length; x++, to++) if ((xs[x] as number) >= 0 && (ys[y] as number) >= 0) into[to] = pixels[(ys[y] as number) * width + (xs[x] as number)] as number
  }
  return new Uint8Array(into.buffer)
}

/** Rows of the picture, on white. */
function seenRows(bitmap: ImageBitmap, left: number, top: number, width: number, rows: number): Uint8ClampedArray {
  strip ??= drawing(width, rows)
  const { canvas, context } = strip
  if (canvas.width < width) canvas.width = width
  if (canvas.height < rows) canvas.height = rows
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, rows)
  context.imageSmoothingEnabled = false
  context.drawImage(bitmap, left, top, width, rows, 0, 0, width, rows)
  return context.getImageData(0, 0, width, rows).data
}

/** The area, on white, brought to the size of `inner`. */
function seenPixels(bitmap: ImageBitmap, area: Area, inner: Area, filter?: Exclude<Fit['resample'], 'smooth'>): Uint8Array {
  const read = (left: number, top: number, width: number, rows: number): Uint8ClampedArray => seenRows(bitmap, left, top, width, rows)
  return resample(bitmap.width, bitmap.height, { from: area.x, length: area.width, to: inner.width }, { from: area.y, length: area.height, to: inner.height }, read, filter)
}

function colours(bitmap: ImageBitmap, area: Area, { width, height }: ImagePipeline): OffscreenCanvas {
  const shrink = Math.min(1, Math.max((COLOURS * width) / area.width, (COLOURS * height) / area.height))
  const { canvas, context } = drawing(Math.max(1, Math.round(area.width * shrink)), Math.max(1, Math.round(area.height * shrink)))
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(bitmap, area.x, area.y, area.width, area.height, 0, 0, canvas.width, canvas.height)
  return canvas
}

/** The model's own picture as if it were the visitor's: where feeds were given, nothing else is known. */
export function unplaced({ width, height }: { width: number; height: number }): Placed {
  const whole = { x: 0, y: 0, width, height }
  return { width, height, area: whole, inner: whole, seen: null, fitted: false }
}

export function drawing(width: number, height: number): { canvas: OffscreenCanvas; context: OffscreenCanvasRenderingContext2D } {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new EdgewebError('unsupported-browser', 'This browser cannot read pictures in a worker.', 'Use a current browser.')
  context.imageSmoothingQuality = 'high'
  return { canvas, context }
}

export async function toBitmap(image: ImageBitmap | ImageData): Promise<ImageBitmap> {
  const bitmap = image instanceof ImageData ? await createImageBitmap(image) : image
  if (bitmap.width <= MAX_SIDE && bitmap.height <= MAX_SIDE) return bitmap
  bitmap.close()
  throw new EdgewebError('input', `The picture is larger than ${MAX_SIDE} pixels along a side.`, 'Make it smaller and try again.')
}

/** The largest centred rectangle with the target's proportions. */
function centred(width: number, height: number, to: { width: number; height: number }): Area {
  const scale = Math.min(width / to.width, height / to.height)
  const w = to.width * scale
  const h = to.height * scale
  return { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h }
}

/** Where in the model's picture one of w x h pixels comes to lie. */
function innerArea(w: number, h: number, { width, height, resize }: ImagePipeline): Area {
  const scale = Math.min(width / w, height / h)
  const inner = resize === 'pad' ? { width: Math.max(1, Math.round(w * scale)), height: Math.max(1, Math.round(h * scale)) } : { width, height }
  return { x: Math.floor((width - inner.width) / 2), y: Math.floor((height - inner.height) / 2), ...inner }
}

/** The padding (ONNX order: all begins, then all ends) that brings it to the model's size. */
function padding(inner: Area, { width, height }: ImagePipeline): TensorLike {
  const pads = [0, 0, inner.y, inner.x, 0, 0, height - inner.height - inner.y, width - inner.width - inner.x]
  return { type: 'int64', dims: [8], data: BigInt64Array.from(pads.map(BigInt)) }
}
