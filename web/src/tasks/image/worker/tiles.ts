/** A picture that is larger than the model's, worked on part by part; the parts overlap and fade into each other. */
import { EdgewebError } from '../../../shared/errors.js'
import type { ImagePipeline } from '../../../shared/manifest.gen.js'
import { drawing } from './pictures.js'

/** Of a part's side. The outer quarter of an overlap is not shown: models see less there than elsewhere. */
const OVERLAP = 1 / 8
const LEAST_OVERLAP = 8
/** A result with more pixels than this is more than pages can hold; the picture is shrunk before. */
const MOST_PIXELS = 16 << 20

interface Size { width: number; height: number }

/** What a model that takes pictures of any size is given at once, and the parts of what is more. */
const AT_ONCE = 1 << 18
const PART = 256

export function needsTiles({ tiles, width, height, fit }: ImagePipeline, picture: Size): boolean {
  if (tiles !== true) return false
  return fit?.rule === 'own' ? picture.width * picture.height > AT_ONCE : picture.width > width || picture.height > height
}

/** The size of a part. */
export const partSize = ({ width, height, fit }: ImagePipeline): Size => (fit?.rule === 'own' ? { width: PART, height: PART } : { width, height })

/** Where parts of `part` pixels begin that cover `whole` with at least `overlap` in common. */
export function starts(whole: number, part: number, overlap: number): number[] {
  if (whole <= part) return [0]
  const count = Math.ceil((whole - overlap) / (part - overlap))
  return Array.from({ length: count }, (_, i) => Math.round((i * (whole - part)) / (count - 1)))
}

/**
 * The picture that the model makes of one of any size.
 *
 * @param make what the model makes of a part that has its own size.
 * @param told how many of the parts are done.
 */
export async function tiled(bitmap: ImageBitmap, size: Size, make: (part: ImageBitmap) => Promise<ImageData>, told: (done: number, of: number) => void): Promise<ImageData> {
  const { width: side, height: rise } = size
  // The first part tells how large the result will be.
  const first = await make(await partOf(bitmap, bitmap, 0, 0, size))
  const factor = first.width / side
  const shrink = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height * factor * factor)))
  const whole = { width: Math.max(1, Math.round(bitmap.width * shrink)), height: Math.max(1, Math.round(bitmap.height * shrink)) }
  const result = room(Math.round(whole.width * factor), Math.round(whole.height * factor))
  const [xs, ys] = [starts(whole.width, side, overlapOf(side)), starts(whole.height, rise, overlapOf(rise))]
  let done = 0
  told(done, xs.length * ys.length)
  for (const [row, y] of ys.entries()) {
    for (const [column, x] of xs.entries()) {
      const made = done === 0 && shrink === 1 ? first : await make(await partOf(bitmap, whole, x, y, size))
      const shared = (at: number, all: number[], length: number): number => (at > 0 ? ((all[at - 1] as number) + length - (all[at] as number)) * factor : 0)
      blend(result, made, Math.round(x * factor), Math.round(y * factor), shared(column, xs, side), shared(row, ys, rise))
      told(++done, xs.length * ys.length)
    }
  }
  return result
}

/** Of what was made of a part and of its mirror image around it, that of the part alone. */
export function unpadded(made: ImageData, part: Size, padded: Size): ImageData {
  const { context } = drawing(made.width, made.height)
  context.putImageData(made, 0, 0)
  return context.getImageData(0, 0, Math.round((made.width * part.width) / padded.width), Math.round((made.height * part.height) / padded.height))
}

const overlapOf = (side: number): number => Math.min(Math.floor(side / 2), Math.max(LEAST_OVERLAP, Math.round(side * OVERLAP)))

function room(width: number, height: number): ImageData {
  try {
    return new ImageData(width, height)
  } catch (error) {
    throw new EdgewebError('memory', 'This device has too little memory for the picture that the model makes.', 'Use a smaller picture.', { cause: error })
  }
}

/** The part from (x, y) of the picture as if that were of size `whole`; beyond its edges their pixels go on. */
async function partOf(bitmap: ImageBitmap, whole: Size, x: number, y: number, { width, height }: Size): Promise<ImageBitmap> {
  const { canvas, context } = drawing(width, height)
  const [sx, sy] = [bitmap.width / whole.width, bitmap.height / whole.height]
  const [w, h] = [Math.min(width, whole.width - x), Math.min(height, whole.height - y)]
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, x * sx, y * sy, w * sx, h * sy, 0, 0, w, h)
  if (w < width) context.drawImage(canvas, w - 1, 0, 1, h, w, 0, width - w, h)
  if (h < height) context.drawImage(canvas, 0, h - 1, width, 1, 0, h, width, height - h)
  return createImageBitmap(canvas)
}

/** Lays a part over what is there; in what it shares with the parts to its left and above it comes in little by little. */
function blend(into: ImageData, part: ImageData, left: number, top: number, across: number, down: number): void {
  const ramp = (length: number, shared: number): Float32Array => Float32Array.from({ length }, (_, i) => (shared > 0 ? Math.min(1, Math.max(0, ((i + 0.5) / shared - 0.25) * 2)) : 1))
  const [xs, ys] = [ramp(part.width, across), ramp(part.height, down)]
  const rows = Math.min(part.height, into.height - top)
  const columns = Math.min(part.width, into.width - left)
  for (let y = 0; y < rows; y++) {
    let [from, to] = [4 * y * part.width, 4 * ((top + y) * into.width + left)]
    for (let x = 0; x < columns; x++, from += 4, to += 4) {
      const share = (xs[x] as number) * (ys[y] as number)
      for (let k = 0; k < 3; k++) into.data[to + k] = (into.data[to + k] as number) * (1 - share) + (part.data[from + k] as number) * share
      into.data[to + 3] = 255
    }
  }
}
