/** NumPy's .npy files (format versions 1 to 3): every element type that has a JavaScript form, read and written. */
import type { TensorData, TensorLike, TensorType } from '../../../shared/api.js'
import { InputError } from '../../../page/ui/session.js'
import { npy as t } from '../../../page/ui/strings.gen.js'

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

type Numeric = Exclude<TensorData, string[]>
type NumericConstructor = new (buffer: ArrayBuffer) => Numeric

const TYPES: Record<string, [TensorType, NumericConstructor, number]> = {
  f4: ['float32', Float32Array, 4], f8: ['float64', Float64Array, 8], f2: ['float16', Uint16Array, 2],
  i1: ['int8', Int8Array, 1], u1: ['uint8', Uint8Array, 1], i2: ['int16', Int16Array, 2], u2: ['uint16', Uint16Array, 2],
  i4: ['int32', Int32Array, 4], u4: ['uint32', Uint32Array, 4], i8: ['int64', BigInt64Array, 8], u8: ['uint64', BigUint64Array, 8],
  b1: ['bool', Uint8Array, 1],
}

interface Header {
  order: string
  kind: string
  size: number
  fortran: boolean
  dims: number[]
  begin: number
}

function headerText(bytes: Uint8Array): [string, number] {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) throw new InputError(t.zip, t.zipHint)
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw new InputError(t.notNpy, t.notNpyHint)
  const [major, minor] = [bytes[6] ?? 0, bytes[7] ?? 0]
  if (major < 1 || major > 3) throw new InputError(t.version(`${major}.${minor}`), t.notNpyHint)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (major > 1 && bytes.length < 12) throw new InputError(t.short, t.shortHint)
  const begin = major === 1 ? 10 : 12
  const end = begin + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (end > bytes.length) throw new InputError(t.short, t.shortHint)
  return [new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(begin, end)), end]
}

/** The Python literal of the header, read by its three known keys only: nothing is evaluated. */
function readHeader(bytes: Uint8Array): Header {
  const [text, begin] = headerText(bytes)
  const descr = /'descr'\s*:\s*(?:'([^']*)'|\[)/.exec(text)
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)
  if (!descr || !fortran || !shape) throw new InputError(t.notNpy, t.notNpyHint)
  const [, order = '', kind = '', size = '0'] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr[1] ?? '') ?? []
  if (kind === 'O') throw new InputError(t.objects, t.dtypeHint)
  if (!kind) throw new InputError(t.dtype(descr[1] ?? 'fields'), t.dtypeHint)
  const dims = (shape[1] ?? '').split(',').map((part) => part.trim().replace(/L$/, '')).filter(Boolean).map(Number)
  if (dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) throw new InputError(t.notNpy, t.notNpyHint)
  return { order, kind, size: Number(size), fortran: fortran[1] === 'True', dims, begin }
}

/** Element k of the result, in C order, is element `order[k]` of the file, in Fortran order. */
function fortranOrder(dims: readonly number[], count: number): Uint32Array {
  const order = new Uint32Array(count)
  const strides = dims.map((_, axis) => dims.slice(0, axis).reduce((a, b) => a * b, 1))
  const index = dims.map(() => 0)
  let from = 0
  for (let k = 0; k < count; k += 1) {
    order[k] = from
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      index[axis] = (index[axis] ?? 0) + 1
      from += strides[axis] ?? 0
      if ((index[axis] ?? 0) < (dims[axis] ?? 0)) break
      from -= (strides[axis] ?? 0) * (dims[axis] ?? 0)
      index[axis] = 0
    }
  }
  return order
}

function toCOrder<T extends TensorData>(data: T, dims: readonly number[]): T {
  const source = data.slice() as T
  const order = fortranOrder(dims, data.length)
  for (let k = 0; k < order.length; k += 1) data[k] = source[order[k] ?? 0] as never
  return data
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let i = 0; i + size <= bytes.length; i += size) bytes.subarray(i, i + size).reverse()
}

/** Fixed-width text: `U` is UTF-32 padded with zeros, `S` is bytes padded with zeros. */
function readTexts(bytes: Uint8Array, kind: string, size: number, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoder = new TextDecoder()
  return Array.from({ length: count }, (_, k) => {
    if (kind === 'S') return decoder.decode(bytes.subarray(k * size, (k + 1) * size)).replace(/\0+$/, '')
    let text = ''
    for (let i = 0; i < size; i += 1) {
      const point = view.getUint32((k * size + i) * 4, true)
      text += point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd'
    }
    return text.replace(/\0+$/, '')
  })
}

/**
 * The array in an .npy file, in C order.
 *
 * @throws InputError when it is not one, is cut short, or holds objects, dates, complex numbers or records.
 */
export function readNpy(buffer: ArrayBuffer): TensorLike {
  const header = readHeader(new Uint8Array(buffer))
  const text = header.kind === 'U' || header.kind === 'S'
  const known = TYPES[header.kind === '?' ? 'b1' : header.kind + header.size]
  if (!known && !text) throw new InputError(t.dtype(header.kind + header.size), t.dtypeHint)
  const width = known ? known[2] : header.kind === 'U' ? header.size * 4 : header.size
  const count = header.dims.reduce((a, b) => a * b, 1)
  if (header.begin + count * width > buffer.byteLength) throw new InputError(t.short, t.shortHint)
  const bytes = new Uint8Array(buffer.slice(header.begin, header.begin + count * width))
  if (header.order === '>') swapBytes(bytes, known ? width : header.kind === 'U' ? 4 : 1)
  const data: TensorData = known ? new known[1](bytes.buffer) : readTexts(bytes, header.kind, header.size, count)
  if (header.fortran && header.dims.length > 1) toCOrder(data, header.dims)
  return { type: known ? known[0] : 'string', dims: header.dims, data }
}

function encodeTexts(texts: readonly string[], width: number): Uint8Array {
  const points = new Uint32Array(texts.length * width)
  texts.forEach((text, k) => [...text].forEach((char, i) => { points[k * width + i] = char.codePointAt(0) ?? 0 }))
  return new Uint8Array(points.buffer)
}

/** A tensor as an .npy file of version 1, little endian like every machine that runs a browser. */
export function writeNpy(tensor: TensorLike): Uint8Array<ArrayBuffer> {
  let descr: string
  let bytes: Uint8Array
  if (Array.isArray(tensor.data)) {
    const width = Math.max(1, ...tensor.data.map((text) => [...text].length))
    descr = `<U${width}`
    bytes = encodeTexts(tensor.data, width)
  } else {
    const code = Object.keys(TYPES).find((key) => TYPES[key]?.[0] === tensor.type) ?? 'f4'
    descr = `${TYPES[code]?.[2] === 1 ? '|' : '<'}${code}`
    bytes = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
  }
  const dims = tensor.dims.length === 1 ? `${tensor.dims[0]},` : tensor.dims.join(', ')
  let header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`
  header = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`
  const out = new Uint8Array(10 + header.length + bytes.length)
  out.set([...MAGIC, 1, 0, header.length & 255, header.length >> 8])
  out.set(new TextEncoder().encode(header), 10)
  out.set(bytes, 10 + header.length)
  return out
}
