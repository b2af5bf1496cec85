/** A sound as the values of an input that is called as one and takes one long row of numbers. */
import type { TensorLike } from '../../../shared/api.js'
import type { Sound } from '../../../page/sound.js'
import type { Info } from './dims.js'

/** Shorter than this, a row of numbers is hardly a sound. */
const LEAST = 1000
const CALLED = /audio|wav|sound|speech|pcm|samples|input_values/i

/** The axis of the samples, or null when the input does not look like one of sound. */
export function soundAxis({ name, type, shape }: Info): number | null {
  if (!shape || shape.length === 0 || shape.length > 3 || (type !== 'float32' && type !== 'float64') || !CALLED.test(name)) return null
  const axis = shape.length - 1
  const [length] = shape.slice(-1)
  const alone = shape.slice(0, -1).every((dim) => typeof dim !== 'number' || dim === 1)
  return alone && (typeof length !== 'number' || length >= LEAST) ? axis : null
}

/** The samples as they are, at the file's own rate: nothing says which the model wants. Cut, or followed by silence, where the length is fixed. */
export function soundTensor({ samples }: Sound, { type, shape }: Info, axis: number): TensorLike {
  const wanted = shape?.[axis]
  const length = typeof wanted === 'number' ? wanted : samples.length
  const data = type === 'float64' ? new Float64Array(length) : new Float32Array(length)
  data.set(samples.subarray(0, length))
  return { type, dims: (shape ?? []).map((_, place) => (place === axis ? length : 1)), data } as TensorLike
}
