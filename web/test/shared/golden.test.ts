/** Golden cases: the same inputs as Python's, and a comparison that passes and fails where it should. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorLike } from '../../src/shared/api.js'
import { makeInput, mismatch, uniform } from '../../src/shared/golden.js'
import type { GoldenCase, GoldenInput, TensorType, Tolerance } from '../../src/shared/manifest.gen.js'
import { readGolden } from '../golden.js'

interface Vectors {
  uniform: { seed: number; index: number; value: number }[]
  inputs: { input: GoldenInput; data?: string; strings?: string[] }[]
}

const vectors = JSON.parse(readGolden('uniform.json')) as Vectors
const TOLERANCE: Tolerance = { rtol: 0.01, atol: 1e-4, cosine: 0.999 }

test('uniform numbers are those of Python', () => {
  for (const { seed, index, value } of vectors.uniform) assert.equal(uniform(seed, index), value, `seed ${seed}, index ${index}`)
})

test('inputs of every type are those of Python', () => {
  assert.ok(vectors.inputs.length > 25)
  for (const { input, data, strings } of vectors.inputs) {
    const tensor = makeInput(input)
    assert.deepEqual([tensor.type, tensor.dims], [input.type, input.dims])
    if (strings !== undefined) assert.deepEqual(tensor.data, strings)
    else assert.equal(base64(tensor.data), data, JSON.stringify(input))
  }
})

function base64(data: TensorLike['data']): string {
  assert.ok(!Array.isArray(data))
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
}

function expecting(data: Exclude<TensorLike['data'], string[]>, type: TensorType = 'float32', stride = 1): GoldenCase {
  return { inputs: [], outputs: [{ name: 'y', type, dims: [data.length * stride], stride, data: base64(data) }] }
}

function compare(expected: Exclude<TensorLike['data'], string[]>, actual: TensorLike['data'], type: TensorType = 'float32', stride = 1): string | null {
  return mismatch(expecting(expected, type, stride), new Map([['y', { type, dims: [actual.length], data: actual }]]), TOLERANCE)
}

const floats = (...values: number[]): Float32Array => Float32Array.from(values)

test('equal and nearly equal outputs agree', () => {
  assert.equal(compare(floats(1, 2), floats(1, 2)), null)
  assert.equal(compare(floats(1, 2), floats(1.005, 2)), null)
  assert.equal(compare(floats(0), floats(0.00009)), null)
  assert.equal(compare(floats(NaN, Infinity, -0), floats(NaN, Infinity, 0)), null)
  assert.equal(compare(BigInt64Array.of(5n), BigInt64Array.of(5n), 'int64'), null)
  assert.equal(compare(Uint16Array.of(0x3c00), Uint16Array.of(0x3c00), 'float16'), null)
  assert.equal(compare(floats(1, 3), floats(1, 2, 3, 4), 'float32', 2), null)
  assert.equal(compare(floats(), floats()), null)
})

test('other outputs are told, with the place and both values', () => {
  assert.equal(compare(floats(1, 2), floats(1, 2.5)), 'output "y" differs at 1: 2.5 instead of 2')
  assert.equal(compare(floats(1, 3), floats(1, 2, 4, 4), 'float32', 2), 'output "y" differs at 2: 4 instead of 3')
  assert.match(compare(floats(1), floats(NaN)) ?? '', /NaN instead of 1/)
  assert.match(compare(floats(NaN), floats(1)) ?? '', /1 instead of NaN/)
  assert.match(compare(floats(Infinity), floats(-Infinity)) ?? '', /differs/)
  assert.match(compare(BigInt64Array.of(5n), BigInt64Array.of(6n), 'int64') ?? '', /6 instead of 5/)
})

test('direction alone is enough from eight elements on', () => {
  const seven = floats(1, 2, 3, 4, 5, 6, 7)
  const eight = floats(1, 2, 3, 4, 5, 6, 7, 8)
  assert.equal(compare(eight, eight.map((x) => x * 1.2)), null)
  assert.match(compare(seven, seven.map((x) => x * 1.2)) ?? '', /differs at 0/)
  assert.match(compare(eight, eight.map((x) => -x)) ?? '', /differs/)
  assert.match(compare(new Float32Array(8), eight) ?? '', /differs/)
  const noCosine = mismatch(expecting(eight), new Map([['y', { type: 'float32' as const, dims: [8], data: eight.map((x) => x * 1.2) }]]), { rtol: 0.01, atol: 0 })
  assert.match(noCosine ?? '', /differs/)
})

test('no direction makes up for a NaN or an infinity', () => {
  const many = Float32Array.from({ length: 100 }, (_, i) => i + 1)
  for (const wrong of [NaN, Infinity, -Infinity]) {
    assert.match(compare(many, many.with(50, wrong)) ?? '', /differs at 50/)
    assert.match(compare(many.with(50, wrong), many) ?? '', /differs at 50/)
  }
  assert.equal(compare(many.with(50, NaN), many.map((x) => x * 1.2).with(50, NaN)), null)
})

test('missing outputs, shapes, types and texts', () => {
  const one = expecting(floats(1))
  assert.equal(mismatch(one, new Map(), TOLERANCE), 'output "y" is missing')
  assert.match(mismatch(one, new Map([['y', { type: 'float32' as const, dims: [1, 1], data: floats(1) }]]), TOLERANCE) ?? '', /shape \[1,1\] instead of \[1\]/)
  assert.match(mismatch(one, new Map([['y', { type: 'float64' as const, dims: [1], data: Float64Array.of(1) }]]), TOLERANCE) ?? '', /float64 instead of float32/)
  const text: GoldenCase = { inputs: [], outputs: [{ name: 'y', type: 'string', dims: [4], stride: 2, strings: ['a', 'c'] }] }
  const give = (...data: string[]): string | null => mismatch(text, new Map([['y', { type: 'string' as const, dims: [4], data }]]), TOLERANCE)
  assert.equal(give('a', '?', 'c', '?'), null)
  assert.equal(give('a', 'c', 'x', 'x'), 'output "y" has another text at 2')
})
