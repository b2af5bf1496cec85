/** What a postprocess hook returned, as one of the result forms where it is one; Python has checked what is in it. */
import type { Result, TensorLike } from '../../shared/api.js'
import type { TensorType } from '../../shared/manifest.gen.js'
import { arrayFor, fromBase64 } from '../../shared/tensors.js'

/** An array as builder/edgeweb/hooks_api/forms.py packs it: texts as they are, everything else in base64. */
interface Packed {
  type: TensorType
  dims: number[]
  data: string | string[]
}

type Form = Extract<Result, { task: string }> extends infer R ? (R extends Result ? Omit<R, 'milliseconds'> : never) : never
type Given = Record<string, unknown> & { image: Packed; mask: Packed; samples: Packed; outputs: Record<string, Packed> }

/** Forms that have nothing but what JSON has. */
const PLAIN = new Set(['classification', 'detection', 'embedding', 'similarity', 'regression', 'text', 'segments'])

export function asResult(value: unknown): Result {
  return { ...form(value), milliseconds: 0 } as Result
}

function form(value: unknown): Form {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Given
  const { task } = given
  if (typeof task === 'string' && PLAIN.has(task)) return given as unknown as Form
  if (task === 'image') return { task, image: picture(given.image) }
  if (task === 'audio') return { task, samples: unpacked(given.samples).data as Float32Array, rate: Number(given['rate']) }
  if (task === 'segmentation') return { ...given, mask: unpacked(given.mask).data } as unknown as Form
  if (task === 'tensors') return { task, outputs: Object.fromEntries(Object.entries(given.outputs).map(([name, packed]) => [name, unpacked(packed)])) }
  return { task: 'json', value }
}

function unpacked({ type, dims, data }: Packed): TensorLike {
  return { type, dims, data: typeof data === 'string' ? arrayFor(type, fromBase64(data)) : data }
}

/** Bytes of 1 (grey), 3 or 4 channels as a picture. */
function picture(packed: Packed): ImageData {
  const { dims: [height = 0, width = 0, channels = 1], data } = unpacked(packed)
  const image = new ImageData(width, height)
  for (let from = 0, to = 0; to < image.data.length; from += channels, to += 4) {
    for (let k = 0; k < 3; k++) image.data[to + k] = Number(data[from + (channels === 1 ? 0 : k)])
    image.data[to + 3] = channels === 4 ? Number(data[from + 3]) : 255
  }
  return image
}
