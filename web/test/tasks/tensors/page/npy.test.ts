/** .npy files of every version, order and element type, and the ones that are refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorLike } from '../../../../src/shared/api.js'
import { readNpy, writeNpy } from '../../../../src/tasks/tensors/page/npy.js'

/** An .npy file as NumPy would write it. */
function file(header: string, body: ArrayBufferView, version = 1): ArrayBuffer {
  const text = new TextEncoder().encode(`${header}\n`)
  const wide = version > 1
  const out = new Uint8Array(10 + (wide ? 2 : 0) + text.length + body.byteLength)
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, text.length & 255, text.length >> 8])
  out.set(text, wide ? 12 : 10)
  out.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), (wide ? 12 : 10) + text.length)
  return out.buffer
}

const head = (descr: string, shape: string, fortran = 'False'): string => `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`
const numbers = (buffer: ArrayBuffer): (number | bigint | string)[] => [...readNpy(buffer).data]

test('every element type goes out and comes back', () => {
  const tensors: TensorLike[] = [
    { type: 'float32', dims: [2, 2], data: new Float32Array([1.5, -2, NaN, Infinity]) },
    { type: 'float64', dims: [2], data: new Float64Array([1e300, -0.1]) },
    { type: 'float16', dims: [2], data: new Uint16Array([0x3c00, 0xfc00]) },
    { type: 'int8', dims: [2], data: new Int8Array([-128, 127]) },
    { type: 'uint8', dims: [2], data: new Uint8Array([0, 255]) },
    { type: 'int16', dims: [1], data: new Int16Array([-32768]) },
    { type: 'uint16', dims: [1], data: new Uint16Array([65535]) },
    { type: 'int32', dims: [1], data: new Int32Array([-2147483648]) },
    { type: 'uint32', dims: [1], data: new Uint32Array([4294967295]) },
    { type: 'int64', dims: [1], data: new BigInt64Array([-(2n ** 63n)]) },
    { type: 'uint64', dims: [1], data: new BigUint64Array([2n ** 64n - 1n]) },
    { type: 'bool', dims: [2], data: new Uint8Array([1, 0]) },
    { type: 'string', dims: [2, 1], data: ['grüße 🙂', ''] },
    { type: 'float32', dims: [], data: new Float32Array([7]) },
    { type: 'float32', dims: [0, 3], data: new Float32Array(0) },
  ]
  for (const tensor of tensors) assert.deepEqual(readNpy(writeNpy(tensor).buffer), tensor, tensor.type)
})

test('the data begins on a 64-byte boundary, as NumPy asks', () => {
  const bytes = writeNpy({ type: 'uint8', dims: [1], data: new Uint8Array([9]) })
  assert.equal((bytes.length - 1) % 64, 0)
})

test('versions 1, 2 and 3; another one is refused', () => {
  for (const version of [1, 2, 3]) assert.deepEqual(numbers(file(head('<i2', '(2,)'), new Int16Array([3, 4]), version)), [3, 4])
  assert.throws(() => readNpy(file(head('<i2', '(2,)'), new Int16Array([3, 4]), 4)), /version 4\.0/)
})

test('Fortran order is turned into C order', () => {
  const two = readNpy(file(head('<f4', '(2, 3)', 'True'), new Float32Array([1, 4, 2, 5, 3, 6])))
  assert.deepEqual([...two.data], [1, 2, 3, 4, 5, 6])
  const three = numbers(file(head('|u1', '(2, 2, 2)', 'True'), new Uint8Array([0, 4, 2, 6, 1, 5, 3, 7])))
  assert.deepEqual(three, [0, 1, 2, 3, 4, 5, 6, 7])
})

test('big endian numbers and texts are swapped', () => {
  assert.deepEqual(numbers(file(head('>i4', '(1,)'), new Uint8Array([0, 0, 1, 2]))), [258])
  assert.deepEqual(numbers(file(head('>U2', '(1,)'), new Uint8Array([0, 0, 0, 0x61, 0, 0, 0, 0]))), ['a'])
  assert.deepEqual(numbers(file(head('|S3', '(2,)'), new TextEncoder().encode('ab\0xyz'))), ['ab', 'xyz'])
})

test('files that are no array, cut short, or hold what a browser cannot have, are refused in words', () => {
  assert.throws(() => readNpy(new TextEncoder().encode('hello world, no array').buffer as ArrayBuffer), /not an \.npy file/)
  assert.throws(() => readNpy(new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0, 0]).buffer), /\.npz/)
  assert.throws(() => readNpy(new ArrayBuffer(0)), /not an \.npy file/)
  assert.throws(() => readNpy(file(head('<f4', '(9,)'), new Float32Array([1]))), /too early/)
  assert.throws(() => readNpy(file(head('|O', '(1,)'), new Uint8Array(8))), /Python objects/)
  assert.throws(() => readNpy(file(head('<c8', '(1,)'), new Uint8Array(8))), /c8/)
  assert.throws(() => readNpy(file(head('<M8[ns]', '(1,)'), new Uint8Array(8))), /no counterpart/)
  assert.throws(() => readNpy(file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", new Uint8Array(4))), /no counterpart/)
  assert.throws(() => readNpy(file(head('<f4', '(-1,)'), new Uint8Array(4))), /not an \.npy file/)
  assert.throws(() => readNpy(file(head('<f4', '(99999999, 99999999)'), new Uint8Array(4))), /too early/)
})
