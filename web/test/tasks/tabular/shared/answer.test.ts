/** The answer to a row: the model's own label first, scores beside it only where they agree. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TabularPipeline } from '../../../../src/shared/manifest.gen.js'
import { answered, classScores, named } from '../../../../src/tasks/tabular/shared/answer.js'

const table = (over: Partial<TabularPipeline>): TabularPipeline => ({ columns: [], ...over })

test('the label is the answer, with scores where the best is its own', () => {
  assert.deepEqual(answered('b', [0.25, 0.75], ['a', 'b']), [{ label: 'b', score: 0.75 }, { label: 'a', score: 0.25 }])
  assert.deepEqual(answered('a', [0.25, 0.75], ['a', 'b']), [{ label: 'a', score: NaN }])
  assert.deepEqual(answered('a', undefined, ['a', 'b']), [{ label: 'a', score: NaN }])
  assert.deepEqual(answered(undefined, [0, 1], []), [{ label: 'class 1', score: 1 }, { label: 'class 0', score: 0 }])
})

test('logits, one share of two, and scores as they are', () => {
  assert.deepEqual(classScores([0, 0], table({ softmax: true })), [0.5, 0.5])
  assert.deepEqual(classScores([0.75], table({ pair: true })), [0.25, 0.75])
  assert.deepEqual(classScores([-3, 4], table({})), [-3, 4])
})

test('labels that are numbers are no places', () => {
  const label = (value: number, classes: string[], labels: string[]): string => named(BigInt64Array.of(BigInt(value)), 0, false, table({ classes }), labels)
  assert.equal(label(7, ['3', '7'], ['3', '7']), '7')
  assert.equal(label(7, ['3', '7'], ['three', 'seven']), 'seven')
  assert.equal(label(1, ['1', '2'], ['1', '2']), '1')
  assert.equal(label(-1, ['-1', '1'], []), '-1')
  assert.equal(label(1, ['0', '1'], ['no', 'yes']), 'yes')
  assert.equal(label(5, ['0', '1'], ['no', 'yes']), '5')
  assert.equal(label(1, [], ['no', 'yes']), '1')
  assert.equal(named(Uint8Array.of(1), 0, true, table({ classes: ['true'] }), ['yes']), 'yes')
  assert.equal(named(['hm'], 0, false, table({}), []), 'hm')
})
