/** What people hand to run() and predict(): good feeds pass, others are told what is wrong and what is wanted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorLike } from '../../src/shared/api.js'
import type { Default, TensorType } from '../../src/shared/manifest.gen.js'
import { checkFeeds, completed, numbersToFeeds } from '../../src/worker/feeds.js'
import { refuses, site } from './sites.js'

const x = site([['x', 'float32', ['batch', 2]]])
const tensor = (over: Partial<Record<keyof TensorLike, unknown>> = {}): TensorLike => ({ type: 'float32', dims: [1, 2], data: new Float32Array(2), ...over }) as TensorLike

test('good feeds pass as they are', () => {
  const fed = tensor()
  assert.equal(checkFeeds(x, [['x', fed]]).get('x'), fed)
  checkFeeds(x, [['x', tensor({ dims: [3, 2], data: new Float32Array(6) })]])
  checkFeeds(x, [['x', tensor({ dims: [0, 2], data: new Float32Array(0) })]])
  checkFeeds(site([['x', 'float32', null]]), [['x', tensor({ dims: [1, 1, 2] })]])
  checkFeeds(site([['x', 'int64', []]]), [['x', { type: 'int64', dims: [], data: BigInt64Array.of(1n) }]])
  checkFeeds(site([['__proto__', 'string', [1]]]), [['__proto__', { type: 'string', dims: [1], data: ['a'] }]])
  checkFeeds(site([]), [])
})

test('bad feeds are told apart', () => {
  refuses(() => checkFeeds(x, []), /"x" is missing/, /x/)
  refuses(() => checkFeeds(x, [['x', null as unknown as TensorLike]]), /"x" is missing/)
  refuses(() => checkFeeds(x, [['y', tensor()], ['x', tensor()]]), /no input "y"/, /Its inputs are: x/)
  refuses(() => checkFeeds(x, [['x', tensor({ type: 'float64' })]]), /is float64, not float32/, /float32 \[batch, 2\]/)
  refuses(() => checkFeeds(x, [['x', tensor({ data: [0, 0] })]]), /not a Float32Array/)
  refuses(() => checkFeeds(x, [['x', tensor({ data: undefined })]]), /not a Float32Array/)
  refuses(() => checkFeeds(x, [['x', tensor({ dims: undefined })]]), /not a list of whole numbers/)
  refuses(() => checkFeeds(x, [['x', tensor({ dims: [1, 2.5] })]]), /not a list of whole numbers/)
  refuses(() => checkFeeds(x, [['x', tensor({ dims: [-1, -2] })]]), /not a list of whole numbers/)
  refuses(() => checkFeeds(x, [['x', tensor({ dims: [2, 2] })]]), /has 2 elements, but its dims \[2,2\] need 4/)
  refuses(() => checkFeeds(x, [['x', tensor({ dims: [2] })]]), /has shape \[2\]/)
  refuses(() => checkFeeds(x, [['x', tensor({ dims: [2, 1] })]]), /has shape \[2,1\]/)
  refuses(() => checkFeeds(x, [['x', tensor({ dims: [1, 2, 1] })]]), /has shape \[1,2,1\]/)
})

test('plain numbers fill the one input', () => {
  const two = numbersToFeeds(x, Float32Array.of(1, 2)).get('x')
  assert.deepEqual([two?.dims, [...(two?.data as Float32Array)]], [[1, 2], [1, 2]])
  assert.deepEqual(numbersToFeeds(site([['x', 'float32', ['batch', 'time', 2]]]), new Float32Array(6)).get('x')?.dims, [1, 3, 2])
  assert.deepEqual(numbersToFeeds(site([['x', 'float32', null]]), new Float32Array(5)).get('x')?.dims, [5])
  assert.deepEqual(numbersToFeeds(site([['x', 'float32', []]]), new Float32Array(1)).get('x')?.dims, [])
  assert.deepEqual(numbersToFeeds(site([['x', 'int64', [2]]]), Float32Array.of(1, -2)).get('x')?.data, BigInt64Array.of(1n, -2n))
  assert.deepEqual(numbersToFeeds(site([['x', 'float16', [1]]]), Float32Array.of(1)).get('x')?.data, Uint16Array.of(0x3c00))
  assert.deepEqual(numbersToFeeds(site([['x', 'bool', [3]]]), Float32Array.of(0, 1, 7)).get('x')?.data, Uint8Array.of(0, 1, 1))
})

test('plain numbers that do not fit', () => {
  refuses(() => numbersToFeeds(x, new Float32Array(3)), /3 numbers do not fill input "x"/, /\[batch, 2\]/)
  refuses(() => numbersToFeeds(site([['x', 'float32', [2, 2]]]), new Float32Array(8)), /8 numbers do not fill/)
  refuses(() => numbersToFeeds(site([]), new Float32Array(1)), /exactly one numeric input/)
  refuses(() => numbersToFeeds(site([['x', 'string', [1]]]), new Float32Array(1)), /exactly one numeric input/)
  refuses(() => numbersToFeeds(site([['a', 'float32', [1]], ['b', 'float32', [1]]]), new Float32Array(1)), /exactly one numeric input/)
})

test('integer inputs take whole numbers that they can hold', () => {
  const give = (type: TensorType, value: number): unknown => numbersToFeeds(site([['x', type, [1]]]), Float32Array.of(value)).get('x')?.data[0]
  assert.equal(give('uint8', 255), 255)
  assert.equal(give('int8', -128), -128)
  assert.equal(give('uint64', 2 ** 63), 2n ** 63n)
  for (const type of ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const) {
    refuses(() => give(type, 1.5), /takes whole numbers, not 1.5/)
    refuses(() => give(type, NaN), /takes whole numbers/)
    refuses(() => give(type, 2 ** 65), /does not fit/)
  }
  refuses(() => give('uint8', 256), /256 does not fit input "x", which is uint8/, /0 to 255/)
  refuses(() => give('uint32', -1), /does not fit/)
})

test('inputs with a default may be left out, and are checked where they are not', () => {
  const gain: Default = { name: 'gain', type: 'float32', shape: [], dims: [], data: 'AAAAQA==' }
  const manifest = { ...x, optional: [gain] }
  const scalar = (value: number): TensorLike => ({ type: 'float32', dims: [], data: Float32Array.of(value) })
  assert.deepEqual(completed(manifest, checkFeeds(manifest, [['x', tensor()]])).get('gain'), scalar(2))
  assert.deepEqual(completed(manifest, checkFeeds(manifest, [['x', tensor()], ['gain', undefined as unknown as TensorLike]])).get('gain'), scalar(2))
  assert.deepEqual(completed(manifest, checkFeeds(manifest, [['x', tensor()], ['gain', scalar(5)]])).get('gain'), scalar(5))
  refuses(() => checkFeeds(manifest, [['x', tensor()], ['gain', tensor()]]), /"gain" has shape \[1,2\]/)
  checkFeeds(manifest, [['x', tensor()], ['gain', { type: 'float32', dims: [1], data: Float32Array.of(5) }]])
  refuses(() => checkFeeds(manifest, [['gain', scalar(5)]]), /"x" is missing/, /Feed all of: x/)
})
