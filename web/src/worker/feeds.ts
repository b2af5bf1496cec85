/** What people hand to `run` and `predict`, checked and turned into the feeds that the model takes. */
import type { TensorLike } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { Manifest, TensorInfo } from '../shared/manifest.gen.js'
import { makeInput } from '../shared/golden.js'
import { arrayName, elementCount, fits, numberToHalf } from '../shared/tensors.js'
import type { Named } from './engine.js'

/** Feeds by name, each checked against the manifest: every input there that has no default, of its type, rank and fixed dimensions. */
export function checkFeeds(manifest: Manifest, entries: [string, TensorLike][]): Named {
  const feeds: Named = new Map(entries)
  const optional = manifest.optional ?? []
  const names = [...manifest.inputs, ...optional].map((input) => input.name)
  for (const name of feeds.keys()) {
    if (!names.includes(name)) throw wrong(`The model has no input "${name}".`, `Its inputs are: ${names.join(', ') || 'none'}.`)
  }
  for (const info of manifest.inputs) {
    const tensor = feeds.get(info.name)
    // From JavaScript, so the type is a promise only.
    if (tensor === undefined || (tensor as unknown) === null) throw wrong(`Input "${info.name}" is missing.`, `Feed all of: ${manifest.inputs.map((input) => input.name).join(', ')}.`)
    checkTensor(info, tensor)
  }
  for (const info of optional) {
    const tensor = feeds.get(info.name)
    if (tensor === undefined || (tensor as unknown) === null) feeds.delete(info.name)
    else checkTensor(info, tensor)
  }
  return feeds
}

/** With their defaults for the inputs that nobody has fed: ONNX Runtime Web takes no input that has one in the graph. */
export function completed(manifest: Manifest, feeds: Named): Named {
  const missing = (manifest.optional ?? []).filter(({ name }) => !feeds.has(name))
  return missing.length === 0 ? feeds : new Map([...feeds, ...missing.map((each) => [each.name, makeInput(each)] as const)])
}

function checkTensor(info: TensorInfo, tensor: TensorLike): void {
  const { name, type, shape } = info
  const expected = `It takes ${type} [${shape?.map((d) => d ?? '?').join(', ') ?? 'any shape'}].`
  if (tensor.type !== type) throw wrong(`Input "${name}" is ${tensor.type}, not ${type}.`, expected)
  if (!fits(type, tensor.data)) throw wrong(`The data of input "${name}" is not a ${arrayName(type)}.`, expected)
  const dims = tensor.dims
  if (!Array.isArray(dims) || !dims.every((d) => Number.isSafeInteger(d) && d >= 0)) {
    throw wrong(`The dims of input "${name}" are not a list of whole numbers.`, expected)
  }
  if (elementCount(dims) !== tensor.data.length) {
    throw wrong(`Input "${name}" has ${tensor.data.length} elements, but its dims [${dims}] need ${elementCount(dims)}.`, expected)
  }
  // As ONNX Runtime: one number is a scalar, however many axes it has.
  if (shape?.length === 0 && elementCount(dims) === 1) return
  const conflict = shape !== null && (shape.length !== dims.length || shape.some((d, i) => typeof d === 'number' && d !== dims[i]))
  if (conflict) throw wrong(`Input "${name}" has shape [${dims}].`, expected)
}

/** Plain numbers for a model with one numeric input: unknown dimensions are 1, and one of them takes what is left. */
export function numbersToFeeds(manifest: Manifest, numbers: Float32Array): Named {
  const [info] = manifest.inputs
  if (info === undefined || manifest.inputs.length !== 1 || info.type === 'string') {
    throw wrong('predict() needs a model with exactly one numeric input for plain numbers.', 'Use run() with named feeds.')
  }
  const shape = info.shape ?? [null]
  const known = elementCount(shape.filter((d) => typeof d === 'number'))
  const free = shape.map((d, i) => (typeof d === 'number' ? -1 : i)).filter((i) => i >= 0)
  const stretch = known > 0 && numbers.length !== known ? free.at(-1) : undefined
  const dims = shape.map((d, i) => (typeof d === 'number' ? d : i === stretch ? numbers.length / known : 1))
  if (dims.some((d) => !Number.isInteger(d)) || elementCount(dims) !== numbers.length) {
    throw wrong(`${numbers.length} numbers do not fill input "${info.name}".`, `It takes [${shape.map((d) => d ?? '?').join(', ')}].`)
  }
  return new Map([[info.name, { type: info.type, dims, data: convert(info, Array.from(numbers)) }]])
}

/** `values` in the array of an input's type; of integers only those that it can hold. */
export function convert(info: TensorInfo, values: (string | number)[]): TensorLike['data'] {
  if (info.type === 'string') return values.map(String)
  const numbers = values.map(Number)
  switch (info.type) {
    case 'float32': return Float32Array.from(numbers)
    case 'float64': return Float64Array.from(numbers)
    case 'float16': return Uint16Array.from(numbers, numberToHalf)
    case 'bool': return Uint8Array.from(numbers, (n) => Number(n !== 0))
    case 'int64': return BigInt64Array.from(numbers, (n) => BigInt(whole(info, n, -(2 ** 63), 2 ** 63)))
    case 'uint64': return BigUint64Array.from(numbers, (n) => BigInt(whole(info, n, 0, 2 ** 64)))
    case 'int32': return Int32Array.from(numbers, (n) => whole(info, n, -(2 ** 31), 2 ** 31))
    case 'uint32': return Uint32Array.from(numbers, (n) => whole(info, n, 0, 2 ** 32))
    case 'int16': return Int16Array.from(numbers, (n) => whole(info, n, -(2 ** 15), 2 ** 15))
    case 'uint16': return Uint16Array.from(numbers, (n) => whole(info, n, 0, 2 ** 16))
    case 'int8': return Int8Array.from(numbers, (n) => whole(info, n, -(2 ** 7), 2 ** 7))
    case 'uint8': return Uint8Array.from(numbers, (n) => whole(info, n, 0, 2 ** 8))
  }
}

/** `value`, when the input's integer type can hold it: `low` <= value < `end`. */
function whole(info: TensorInfo, value: number, low: number, end: number): number {
  if (!Number.isInteger(value)) throw wrong(`Input "${info.name}" takes whole numbers, not ${value}.`, 'Give a whole number.')
  if (value < low || value >= end) throw wrong(`${value} does not fit input "${info.name}", which is ${info.type}.`, `Give a number from ${low} to ${end - 1}.`)
  return value
}

export function wrong(message: string, hint: string): EdgewebError {
  return new EdgewebError('input', message, hint)
}
