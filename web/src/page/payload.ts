/** From whatever `predict()` is given to what a worker can receive. */
import type { Manifest, PredictInput, Row, Sound, TextOptions } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { InputPayload, Payload } from '../shared/protocol.js'
import { rowsOf } from '../tasks/series/page/rows.js'
import { readSound } from './sound.js'

/** For sites that take sounds or measurements those, for others what `toPayload` makes. */
export async function payloadOf(input: PredictInput, { audio, series }: Manifest, stream?: 'more' | 'end', options?: TextOptions): Promise<Payload> {
  if (audio) return soundPayload(input, stream)
  return series ? { kind: 'rows', values: await rowsOf(input, series.columns) } : toPayload(input, options)
}

async function soundPayload(input: PredictInput, stream?: 'more' | 'end'): Promise<Payload> {
  const part = stream === undefined ? {} : { stream }
  if (input instanceof Float32Array) return { kind: 'sound', samples: input, rate: null, ...part }
  const sound = input instanceof Blob ? await readSound(await input.arrayBuffer()) : input
  const { samples, rate } = sound as Partial<Sound>
  if (!(samples instanceof Float32Array) || typeof rate !== 'number') throw new EdgewebError('input', 'This model takes sounds.', 'Give a file, { samples, rate } or a Float32Array of samples.')
  if (!Number.isInteger(rate) || rate < 1000 || rate > 768_000) throw new EdgewebError('input', `A rate of ${rate} samples a second is not one that sounds have.`, 'Give a whole number such as 16000.')
  return { kind: 'sound', samples, rate, ...part }
}

export async function toPayload(input: PredictInput, options?: TextOptions): Promise<InputPayload> {
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
