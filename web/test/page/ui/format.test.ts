/** Numbers and untrusted names as the page shows them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { areShares, bytes, median, milliseconds, percent, shape, value } from '../../../src/page/ui/format.js'
import { plain } from '../../../src/page/ui/plain.js'

test('bytes, shares, times and shapes', () => {
  assert.deepEqual([0, 999, 1500, 14_234_567, 250e6].map(bytes), ['0 bytes', '999 bytes', '1.5 kB', '14.2 MB', '250 MB'])
  assert.deepEqual([0, 0.0001, 0.5, 0.98765, 0.9999, 1].map(percent), ['0%', '< 0.1%', '50.0%', '98.8%', '> 99.9%', '100%'])
  assert.deepEqual([0.84, 12.4, 12_400].map(milliseconds), ['0.8 ms', '12 ms', '12.4s'])
  assert.equal(shape(['n', 3, null]), '[n, 3, ?]')
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
})

test('values keep what matters', () => {
  assert.deepEqual([1, 0.1234567, 1e-9, 1e20, NaN, -Infinity].map(value), ['1', '0.123457', '1.0000e-9', '1.0000e+20', 'NaN', '-Infinity'])
  assert.equal(value(9007199254740993n), '9007199254740993')
})

test('shares of one are told from other scores', () => {
  const scores = (...all: number[]): boolean => areShares(all.map((score) => ({ label: '', score })))
  assert.equal(scores(0.2, 0.8), true)
  assert.equal(scores(0.9, 0.8), false)
  assert.equal(scores(-2, 3), false)
  assert.equal(scores(NaN, 1), false)
})

test('names cannot hide, reorder or flood', () => {
  assert.equal(plain('a\u202egnp.exe'), 'a gnp.exe')
  assert.equal(plain('\u200b\u200b'), '(unnamed)')
  assert.equal(plain(''), '(unnamed)')
  assert.equal(plain('x'.repeat(100_000)).length, 201)
  assert.equal(plain('👩‍👩‍👧'), '👩‍👩‍👧')
})
