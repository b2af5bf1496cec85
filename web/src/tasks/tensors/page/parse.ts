/** Typed or pasted values as a tensor's data: numbers in any of the usual notations, truth values, texts. */
import type { TensorData, TensorType } from '../../../shared/api.js'
import { arrayFor, numberToHalf } from '../../../shared/tensors.js'
import { InputError } from '../../../page/ui/session.js'
import { tensors as t } from '../../../page/ui/strings.gen.js'
import { plain } from '../../../page/ui/plain.js'

const RANGES: Partial<Record<TensorType, [bigint, bigint]>> = {
  int8: [-128n, 127n], uint8: [0n, 255n], int16: [-32768n, 32767n], uint16: [0n, 65535n],
  int32: [-2147483648n, 2147483647n], uint32: [0n, 4294967295n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n], uint64: [0n, 2n ** 64n - 1n],
}

const WIDTHS: Partial<Record<TensorType, number>> = {
  float64: 8, int64: 8, uint64: 8, float32: 4, int32: 4, uint32: 4, float16: 2, int16: 2, uint16: 2,
}

/** `count` elements of `type` where element i is `at(i)`; integers are cut off, half precision is rounded. */
export function makeData(type: TensorType, count: number, at: (index: number) => number): TensorData {
  if (type === 'string') return Array.from({ length: count }, (_, i) => String(at(i)))
  const data = arrayFor(type, new Uint8Array(count * (WIDTHS[type] ?? 1)))
  for (let i = 0; i < count; i += 1) {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(Math.trunc(at(i)))
    else data[i] = type === 'float16' ? numberToHalf(at(i)) : at(i)
  }
  return data
}

/** Brackets only group: JSON arrays of any nesting read like a list, and big integers stay exact. */
const tokens = (text: string): string[] => text.replace(/[[\]()]/g, ' ').split(/[\s,;]+/).filter(Boolean)

const bad = (token: string, type: TensorType): InputError => new InputError(t.badValue(plain(token, 40), type), t.fixHint)

function readReal(token: string, type: TensorType): number {
  const lower = token.toLowerCase()
  if (lower === 'nan') return NaN
  if (/^[+-]?inf(inity)?$/.test(lower)) return lower.startsWith('-') ? -Infinity : Infinity
  const value = Number(token)
  if (Number.isNaN(value) || /^0[xob]/.test(lower)) throw bad(token, type)
  return value
}

function readInteger(token: string, type: TensorType): bigint {
  const exact = /^[+-]?\d+$/.test(token)
  const value = exact ? 0 : Number(token)
  if (!exact && !Number.isSafeInteger(value)) throw bad(token, type)
  const whole = exact ? BigInt(token.replace(/^\+/, '')) : BigInt(value)
  const [low, high] = RANGES[type] ?? [0n, 0n]
  if (whole < low || whole > high) throw bad(token, type)
  return whole
}

function readTruth(token: string): number {
  const lower = token.toLowerCase()
  if (lower === 'true' || lower === '1') return 1
  if (lower === 'false' || lower === '0') return 0
  throw bad(token, 'bool')
}

function flatTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(flatTexts)
  if (typeof value === 'object' && value !== null) throw new InputError(t.badJson, t.fixHint)
  return [String(value)]
}

/** A JSON list, or one text a line; where a single one is needed, the whole of it. */
function readTexts(text: string, needed: number): string[] {
  if (text.trimStart().startsWith('[')) {
    try {
      return flatTexts(JSON.parse(text))
    } catch (error) {
      if (needed !== 1) throw error instanceof InputError ? error : new InputError(t.badJson, t.fixHint)
    }
  }
  return needed === 1 ? [text] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

/**
 * The values in `text` for a tensor of `type` with `needed` elements. Counting them is the caller's business.
 *
 * @throws InputError naming the first value that does not fit the type.
 */
export function parseValues(text: string, type: TensorType, needed: number): TensorData {
  if (type === 'string') return readTexts(text, needed)
  const found = tokens(text)
  if (type === 'bool') return Uint8Array.from(found, readTruth)
  if (type === 'int64') return BigInt64Array.from(found, (token) => readInteger(token, type))
  if (type === 'uint64') return BigUint64Array.from(found, (token) => readInteger(token, type))
  if (RANGES[type]) return makeData(type, found.length, (i) => Number(readInteger(found[i] ?? '', type)))
  return makeData(type, found.length, (i) => readReal(found[i] ?? '', type))
}

/** How many values `text` seems to have, for the running count. */
export function countValues(text: string, type: TensorType, needed: number): number {
  if (type !== 'string') return tokens(text).length
  try {
    return text === '' ? 0 : readTexts(text, needed).length
  } catch {
    return 0
  }
}
