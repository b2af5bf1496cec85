/** From the forms of input that every site has to what a worker can receive. */
import type { PredictInput, Row, TextOptions } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { InputPayload } from '../shared/protocol.js'

/** The forms that every site has, and hooks: their types alone tell them apart. */
export async function toPayload(input: PredictInput, options?: TextOptions): Promise<InputPayload> {
  const found = await formOf(input, options)
  return found.kind === 'image' && options !== undefined ? { ...found, options } : found
}

async function formOf(input: PredictInput, options?: TextOptions): Promise<InputPayload> {
  if (typeof input === 'string') return { kind: 'text', text: input, ...(options && { options }) }
  if (input instanceof Float32Array) return { kind: 'numbers', numbers: input }
  if (input instanceof ImageBitmap || input instanceof ImageData) return { kind: 'image', image: input }
  // Decoded here, off the main thread by the browser itself: a Blob's way into a worker takes milliseconds.
  if (input instanceof Blob) return { kind: 'image', image: await bitmap(input, 'This file is not a picture that the browser can read.', 'Try a JPEG, PNG or WebP.'), moved: true }
  if (input instanceof HTMLImageElement || input instanceof HTMLCanvasElement || input instanceof HTMLVideoElement) {
    return { kind: 'image', image: await bitmap(input, 'The picture has not loaded, or has no size.', 'Wait until it is shown, then try again.'), moved: true }
  }
  if (isRow(input)) return { kind: 'row', row: input }
  throw new EdgewebError('input', 'predict() cannot use this kind of input.', 'Give a picture, numbers, text or a row object.')
}

async function bitmap(input: ImageBitmapSource, message: string, hint: string): Promise<ImageBitmap> {
  try {
    // Python's pictures have no colour profile either: models are trained on the numbers in the file.
    return await createImageBitmap(input, { colorSpaceConversion: 'none' })
  } catch (error) {
    throw new EdgewebError('input', message, hint, { cause: error })
  }
}

function isRow(input: unknown): input is Row {
  return typeof input === 'object' && input !== null && !Array.isArray(input) && !ArrayBuffer.isView(input)
}
