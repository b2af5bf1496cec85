/** Measurements from messages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowsIn } from '../../../../src/tasks/series/page/stream.js'

test('messages hold rows in many forms, or none', () => {
  const columns = ['t', 'p']
  for (const data of [[1, 2], [[1, 2]], { t: 1, p: '2' }, { row: [1, 2] }, { rows: [{ t: 1, p: 2 }] }, Float32Array.from([1, 2])]) assert.deepEqual(rowsIn(data, columns), [[1, 2]])
  for (const data of [1, [1], { t: 1 }, { t: 1, p: 'x' }, null, 'text', { type: 'other' }, [], [[1, NaN]]]) assert.equal(rowsIn(data, columns), null)
  assert.deepEqual(rowsIn(3, ['t']), [[3]])
  assert.deepEqual(rowsIn([3, 4], ['t']), [[3], [4]])
})
