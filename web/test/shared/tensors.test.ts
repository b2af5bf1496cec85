/** Tensor types, their arrays, and half precision bit for bit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrayFor, arrayName, elementCount, fits, fromBase64, halfToNumber, numberAt, numberToHalf } from '../../src/shared/tensors.js'

test('every half survives the way to a number and back', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = halfToNumber(bits)
    const back = numberToHalf(value)
    if (Number.isNaN(value)) assert.equal(back & 0x7e00, 0x7e00)
    else assert.equal(back, bits, `0x${bits.toString(16)} = ${value}`)
  }
})

test('known halves', () => {
  assert.equal(halfToNumber(0x3c00), 1)
  assert.equal(halfToNumber(0xc000), -2)
  assert.equal(halfToNumber(0x0001), 2 ** -24)
  assert.equal(halfToNumber(0x7bff), 65504)
  assert.equal(halfToNumber(0xfc00), -Infinity)
  assert.ok(Object.is(halfToNumber(0x8000), -0))
})

test('numbers between two halves go to the nearest, and from the middle to the even one', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [halfToNumber(bits), halfToNumber(bits + 1)]
    const middle = (low + high) / 2
    assert.equal(numberToHalf(middle), bits % 2 === 0 ? bits : bits + 1, `the middle of ${low} and ${high}`)
    assert.equal(numberToHalf(middle - (high - low) / 1024), bits)
    assert.equal(numberToHalf(middle + (high - low) / 1024), bits + 1)
  }
})

test('what is too large is infinite, what is too small is zero', () => {
  assert.equal(numberToHalf(65519.99), 0x7bff)
  assert.equal(numberToHalf(65520), 0x7c00)
  assert.equal(numberToHalf(-1e9), 0xfc00)
  assert.equal(numberToHalf(2 ** -25), 0)
  assert.equal(numberToHalf(-1e-12), 0x8000)
  assert.equal(numberToHalf(2 ** -25 * 1.001), 1)
})

test('arrays for types, over a copy of the bytes', () => {
  const bytes = fromBase64('AAECAwQFBgcICQ==').subarray(1, 9)
  const view = arrayFor('float32', bytes)
  assert.ok(view instanceof Float32Array && view.length === 2)
  bytes.fill(0)
  assert.notEqual(view[0], 0)
  assert.ok(arrayFor('int64', bytes) instanceof BigInt64Array)
  assert.throws(() => arrayFor('string', bytes), TypeError)
})

test('which arrays fit which type', () => {
  assert.ok(fits('float32', new Float32Array(1)))
  assert.ok(!fits('float32', new Float64Array(1)))
  assert.ok(!fits('float32', [1]))
  assert.ok(fits('float16', new Uint16Array(1)))
  assert.ok(fits('bool', new Uint8Array(1)))
  assert.ok(!fits('bool', new Uint8ClampedArray(1)))
  assert.ok(fits('string', ['a', '']))
  assert.ok(!fits('string', ['a', 1]))
  assert.ok(!fits('int64', new Int32Array(1)))
  assert.equal(arrayName('int64'), 'BigInt64Array')
  assert.equal(arrayName('string'), 'string[]')
})

test('elements as numbers, and how many there are', () => {
  assert.equal(numberAt(Uint16Array.of(0x3e00), 0, 'float16'), 1.5)
  assert.equal(numberAt(Uint16Array.of(0x3e00), 0, 'uint16'), 0x3e00)
  assert.equal(numberAt(BigInt64Array.of(-3n), 0, 'int64'), -3)
  assert.equal(elementCount([]), 1)
  assert.equal(elementCount([2, 0, 3]), 0)
  assert.equal(elementCount([2, 3]), 6)
})
