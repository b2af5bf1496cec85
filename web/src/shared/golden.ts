/** Golden cases: the seeded inputs, and the comparison with what the builder stored. Mirrors builder/edgeweb/inputs/golden.py. */
import type { GoldenCase, GoldenInput, GoldenOutput, Tolerance } from './manifest.gen.js'
import type { TensorLike } from './api.js'
import { arrayFor, elementCount, fromBase64, numberAt, numberToHalf } from './tensors.js'

/** A 32-bit integer hash (Wang/Mueller mixing) of the index: any element can be made alone, and NumPy does it in bulk. */
export function uniform(seed: number, index: number): number {
  let x = (seed + Math.imul(index, 0x9e3779b9)) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad) >>> 0
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97) >>> 0
  x = (x ^ (x >>> 15)) >>> 0
  return (x >>> 8) / 0x1000000
}

/** The feed a golden input describes. */
export function makeInput(input: GoldenInput): TensorLike {
  const { type, dims } = input
  if (input.strings != null) return { type, dims, data: input.strings }
  if (input.data != null) return { type, dims, data: arrayFor(type, fromBase64(input.data)) }
  const count = elementCount(dims)
  const low = input.low ?? 0
  const span = (input.high ?? 1) - low
  const seed = input.seed ?? 0
  const at = (i: number): number => low + span * uniform(seed, i)
  if (type === 'float32') return { type, dims, data: Float32Array.from({ length: count }, (_, i) => at(i)) }
  if (type === 'float64') return { type, dims, data: Float64Array.from({ length: count }, (_, i) => at(i)) }
  if (type === 'float16') return { type, dims, data: Uint16Array.from({ length: count }, (_, i) => numberToHalf(at(i))) }
  const data = arrayFor(type, new Uint8Array(count * bytesPerElement(type)))
  for (let i = 0; i < count; i++) {
    const value = Math.floor(at(i))
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(value)
    else data[i] = type === 'bool' ? Number(value !== 0) : value
  }
  return { type, dims, data }
}

function bytesPerElement(type: GoldenInput['type']): number {
  if (type.endsWith('64')) return 8
  if (type.endsWith('32')) return 4
  return type.endsWith('16') ? 2 : 1
}

/** From this many stored elements on, agreement by direction (cosine) means something. */
const COSINE_FROM = 8

/** Why `actual` is not what the builder got, or null when every output agrees. */
export function mismatch(golden: GoldenCase, actual: Map<string, TensorLike>, tolerance: Tolerance): string | null {
  for (const expected of golden.outputs) {
    const tensor = actual.get(expected.name)
    const reason = tensor === undefined ? 'is missing' : outputMismatch(expected, tensor, tolerance)
    if (reason !== null) return `output "${expected.name}" ${reason}`
  }
  return null
}

function outputMismatch(expected: GoldenOutput, actual: TensorLike, tolerance: Tolerance): string | null {
  if (actual.type !== expected.type) return `is ${actual.type} instead of ${expected.type}`
  if (actual.dims.join() !== expected.dims.join()) return `has shape [${actual.dims}] instead of [${expected.dims}]`
  if (expected.strings != null) {
    const wrong = expected.strings.findIndex((text, i) => actual.data[i * expected.stride] !== text)
    return wrong < 0 ? null : `has another text at ${wrong * expected.stride}`
  }
  const reference = arrayFor(expected.type, fromBase64(expected.data ?? ''))
  let dot = 0
  let normA = 0
  let normB = 0
  let first = -1
  for (let i = 0; i < reference.length; i++) {
    const a = numberAt(actual.data, i * expected.stride, expected.type)
    const b = numberAt(reference, i, expected.type)
    const same = Object.is(a, b) || a === b
    if (same && !Number.isFinite(a)) continue
    // An infinite reference would make the tolerance infinite as well.
    const near = same || (Number.isFinite(b) && Math.abs(a - b) <= tolerance.atol + tolerance.rtol * Math.abs(b))
    if (!near && first < 0) first = i
    // A NaN or an infinity in only one of them makes the cosine NaN, which is never enough.
    dot += a * b
    normA += a * a
    normB += b * b
  }
  if (first < 0) return null
  const byDirection = tolerance.cosine != null && reference.length >= COSINE_FROM
  if (byDirection && dot / Math.sqrt(normA * normB) >= (tolerance.cosine ?? 1)) return null
  const at = first * expected.stride
  return `differs at ${at}: ${numberAt(actual.data, at, expected.type)} instead of ${numberAt(reference, first, expected.type)}`
}
