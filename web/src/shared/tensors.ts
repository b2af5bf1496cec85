/** Tensor types and the JavaScript arrays that hold them. */
import type { TensorData } from './api.js'
import type { TensorType } from './manifest.gen.js'

const CONSTRUCTORS = {
  float32: Float32Array, float64: Float64Array, float16: Uint16Array,
  int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array,
  int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array,
} as const

/** The array kind for `type`, over a copy of `bytes` (little endian, as every browser is). */
export function arrayFor(type: TensorType, bytes: Uint8Array): Exclude<TensorData, string[]> {
  if (type === 'string') throw new TypeError('string tensors have no binary form')
  return new CONSTRUCTORS[type](bytes.slice().buffer)
}

/** Whether `data` is the kind of array that a tensor of this type needs. */
export function fits(type: TensorType, data: unknown): data is TensorData {
  if (type === 'string') return Array.isArray(data) && data.every((item) => typeof item === 'string')
  if (type === 'float16' && isFloat16Array(data)) return true
  return data instanceof CONSTRUCTORS[type]
}

/** What to say a tensor of this type needs. */
export function arrayName(type: TensorType): string {
  return type === 'string' ? 'string[]' : CONSTRUCTORS[type].name
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

/** Element `index` as a number; float16 is decoded where the browser has no Float16Array. Exact up to 2^53. */
export function numberAt(data: TensorData, index: number, type: TensorType): number {
  const value = data[index]
  if (type === 'float16' && data instanceof Uint16Array) return halfToNumber(data[index] ?? 0)
  return Number(value)
}

/** IEEE 754 binary16 bits to a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** A number as IEEE 754 binary16 bits, rounded to nearest even, for browsers without Float16Array. */
export function numberToHalf(value: number): number {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0] ?? 0
  const sign = (bits >>> 16) & 0x8000
  const magnitude = Math.abs(value)
  if (Number.isNaN(value)) return sign | 0x7e00
  if (magnitude >= 65520) return sign | 0x7c00
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.max(magnitude, 2 ** -24))))
  const scaled = magnitude / 2 ** (exponent - 10)
  const even = Math.floor(scaled) + (scaled % 1 > 0.5 || (scaled % 1 === 0.5 && Math.floor(scaled) % 2 === 1) ? 1 : 0)
  // Adding a carried mantissa to the exponent field is exactly what rounding up to the next binade needs.
  return sign | (magnitude < 2 ** -14 ? even : ((exponent + 15) << 10) + (even - 1024))
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
}

function isFloat16Array(data: unknown): boolean {
  return Object.prototype.toString.call(data) === '[object Float16Array]'
}
