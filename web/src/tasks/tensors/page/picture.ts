/** A picture as the values of an image-like input: which axes are height, width and colour, and the pixels in that order. */
import type { TensorData } from '../../../shared/api.js'
import { InputError } from '../../../page/ui/session.js'
import type { Info } from './dims.js'
import { makeData } from './parse.js'
import { common } from '../../../page/ui/strings.gen.js'

/** A picture for an input of open size is used as it is, up to this side. */
const LARGEST = 1024

export interface Layout {
  channels: number
  channelAxis: number
  heightAxis: number
  widthAxis: number
}

const isColour = (dim: number | string | null | undefined): dim is number => dim === 1 || dim === 3 || dim === 4
const canBeSide = (dim: number | string | null | undefined): boolean => typeof dim !== 'number' || dim >= 8

/** Where a picture's axes are in this input, or null when it does not look like one. */
export function layoutOf(info: Info): Layout | null {
  const shape = info.shape
  if (!shape || shape.length < 3 || shape.length > 4 || info.type === 'string' || info.type === 'bool') return null
  const last = shape.length - 1
  if (shape.slice(0, last - 2).some((dim) => typeof dim === 'number' && dim !== 1)) return null
  const first = shape[last - 2]
  if (isColour(first) && canBeSide(shape[last - 1]) && canBeSide(shape[last])) {
    return { channels: first, channelAxis: last - 2, heightAxis: last - 1, widthAxis: last }
  }
  const end = shape[last]
  if (isColour(end) && canBeSide(first) && canBeSide(shape[last - 1])) {
    return { channels: end, channelAxis: last, heightAxis: last - 2, widthAxis: last - 1 }
  }
  return null
}

/** The file's pixels at `width` x `height`; an open size (null) is the picture's own. */
export async function readPixels(file: Blob, width: number | null, height: number | null): Promise<ImageData> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch {
    throw new InputError(common.notPicture(file instanceof File ? file.name : common.photo), common.notPictureHint)
  }
  const shrink = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = width ?? Math.max(1, Math.round(bitmap.width * shrink))
  canvas.height = height ?? Math.max(1, Math.round(bitmap.height * shrink))
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new InputError(common.another, common.anotherHint)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

/** RGBA pixels in the input's own order and type, 0..1 when `unit`; one channel is luma (ITU-R BT.601). */
export function pixelValues(pixels: ImageData, info: Info, layout: Layout, unit: boolean): TensorData {
  const { width, height, data } = pixels
  const { channels } = layout
  const area = width * height
  const scale = unit ? 1 / 255 : 1
  const planar = layout.channelAxis < layout.heightAxis
  return makeData(info.type, area * channels, (i) => {
    const channel = planar ? Math.floor(i / area) : i % channels
    const at = (planar ? i % area : Math.floor(i / channels)) * 4
    const value = channels === 1
      ? 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0)
      : data[at + channel] ?? 0
    return value * scale
  })
}
