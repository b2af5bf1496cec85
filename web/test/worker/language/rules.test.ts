/** Rules that tests/golden/writing.json has no cases of. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restrain, type Rules } from '../../../src/worker/language/rules.js'

const PLAIN: Rules = {
  repetitionPenalty: 1, noRepeatNgrams: 0, banned: [], stops: [], minLength: 0, minTokens: 0, forced: [], forcedEnd: undefined, length: 9, suppress: [], suppressFirst: [],
}

function restrained(ids: readonly number[], rules: Partial<Rules>): number[] {
  const scores = Float32Array.of(1, -1, 2, -2, 0.5)
  restrain(scores, ids, { ...PLAIN, ...rules }, { prompt: 1, base: 0 })
  return [...scores]
}

test('what was read becomes likelier, however often it was', () => {
  assert.deepEqual(restrained([0], { readRepetitionPenalty: 2, source: [2, 3, 2] }), [1, -1, 4, -1, 0.5])
  assert.deepEqual(restrained([2], { readRepetitionPenalty: 2, repetitionPenalty: 4, source: [2] }), [1, -1, 1, -2, 0.5])
})

test('no sequence of what was read is written', () => {
  const source = [0, 1, 2, 1, 3]
  assert.deepEqual(restrained([4, 1], { readNoRepeatNgrams: 2, source }), [1, -1, -Infinity, -Infinity, 0.5])
  assert.deepEqual(restrained([2, 1], { readNoRepeatNgrams: 3, source }), [1, -1, 2, -Infinity, 0.5])
  assert.deepEqual(restrained([4], { readNoRepeatNgrams: 1, source: [0, 4] }), [-Infinity, -1, 2, -2, -Infinity])
  assert.deepEqual(restrained([1], { readNoRepeatNgrams: 3, source }), [1, -1, 2, -2, 0.5])
  assert.deepEqual(restrained([1, 1], { noRepeatNgrams: 2, source }), [1, -Infinity, 2, -2, 0.5])
})
