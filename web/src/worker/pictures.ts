/** A picture of any size to the pixels that the compiled pre-processing graph takes. */
import type { TensorLike } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { ImagePipeline } from '../shared/manifest.gen.js'
import type { Named } from './engine.js'

/** More source pixels than this many times the target, along a side, are first shrunk by the browser: memory, and no visible gain. */
const OVERSAMPLE = 2
const MAX_SIDE = 16384

/** Put on white, crop, and describe the resize. Feeds of `ImagePipeline.preprocess`. */
export async function pictureFeeds(image: ImageBitmap | ImageData, pipeline: ImagePipeline): Promise<Named> {
  const bitmap = await toBitmap(image)
  try {
    const { width, height } = bitmap
    const area = pipeline.resize === 'crop' ? centred(width, height, pipeline) : { x: 0, y: 0, width, height }
    const shrink = Math.min(1, Math.max((OVERSAMPLE * pipeline.width) / area.width, (OVERSAMPLE * pipeline.height) / area.height))
    const w = Math.max(1, Math.round(area.width * shrink))
    const h = Math.max(1, Math.round(area.height * shrink))
    const canvas = new OffscreenCanvas(w, h)
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (context === null) throw new EdgewebError('unsupported-browser', 'This browser cannot read pictures in a worker.', 'Use a current browser.')
    context.fillStyle = '#fff'
    context.fillRect(0, 0, w, h)
    context.imageSmoothingQuality = 'high'
    context.drawImage(bitmap, area.x, area.y, area.width, area.height, 0, 0, w, h)
    const pixels = new Uint8Array(context.getImageData(0, 0, w, h).data.buffer)
    return new Map<string, TensorLike>([['pixels', { type: 'uint8', dims: [h, w, 4], data: pixels }], ...target(w, h, pipeline)])
  } finally {
    bitmap.close()
  }
}

async function toBitmap(image: ImageBitmap | ImageData): Promise<ImageBitmap> {
  const bitmap = image instanceof ImageData ? await createImageBitmap(image) : image
  if (bitmap.width <= MAX_SIDE && bitmap.height <= MAX_SIDE) return bitmap
  bitmap.close()
  throw new EdgewebError('input', `The picture is larger than ${MAX_SIDE} pixels along a side.`, 'Make it smaller and try again.')
}

/** The largest centred rectangle with the target's proportions. */
function centred(width: number, height: number, to: { width: number; height: number }): { x: number; y: number; width: number; height: number } {
  const scale = Math.min(width / to.width, height / to.height)
  const w = to.width * scale
  const h = to.height * scale
  return { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h }
}

/** The resize target (NCHW) and the padding (ONNX order: all begins, then all ends) that brings it to the model's size. */
function target(w: number, h: number, { width, height, resize }: ImagePipeline): [string, TensorLike][] {
  const scale = Math.min(width / w, height / h)
  const inner = resize === 'pad' ? { width: Math.max(1, Math.round(w * scale)), height: Math.max(1, Math.round(h * scale)) } : { width, height }
  const left = Math.floor((width - inner.width) / 2)
  const top = Math.floor((height - inner.height) / 2)
  const pads = [0, 0, top, left, 0, 0, height - inner.height - top, width - inner.width - left]
  return [
    ['sizes', { type: 'int64', dims: [4], data: BigInt64Array.from([1, 3, inner.height, inner.width].map(BigInt)) }],
    ['pads', { type: 'int64', dims: [8], data: BigInt64Array.from(pads.map(BigInt)) }],
  ]
}
