/** Measurements: rows from text and from messages, and when they are alarming. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, rowsOf } from '../src/tasks/series/page/rows.js'
import { rowsIn } from '../src/tasks/series/page/stream.js'
import { alarmsIn } from '../src/tasks/series/shared/alarms.js'

test('columns are found by name, or stand in order, with a time before them', () => {
  const named = fromText('time;power;temperature\r\n10:00;1;20,5\r\n10:05;;21\n', ['temperature', 'power'])
  assert.deepEqual([...named.values], [20.5, 1, 21, 1])
  assert.deepEqual([named.times, named.filled], [['10:00', '10:05'], 1])
  assert.deepEqual([...fromText('1,2\n3,4', ['a', 'b']).values], [1, 2, 3, 4])
  assert.deepEqual(fromText('0,1,2\n1,3,4', ['a', 'b']).times, ['0', '1'])
  assert.deepEqual([...fromText('1\n2.5\n-3e1', ['a']).values], [1, 2.5, -30])
})

test('what is no number is named with its line', async () => {
  assert.throws(() => fromText('a,b\n1,2\n3,x', ['a', 'b']), /Line 3 has "x"/)
  assert.throws(() => fromText('a,c\n1,2', ['a', 'b']), /no column "b"/)
  assert.throws(() => fromText('1,2,3\n4,5,6', ['a']), /takes 1: a/)
  assert.throws(() => fromText(' \n', ['a']), /no rows/)
  await assert.rejects(rowsOf([[1], [NaN]], ['a']), /Row 2/)
})

test('messages hold rows in many forms, or none', () => {
  const columns = ['t', 'p']
  for (const data of [[1, 2], [[1, 2]], { t: 1, p: '2' }, { row: [1, 2] }, { rows: [{ t: 1, p: 2 }] }, Float32Array.from([1, 2])]) assert.deepEqual(rowsIn(data, columns), [[1, 2]])
  for (const data of [1, [1], { t: 1 }, { t: 1, p: 'x' }, null, 'text', { type: 'other' }, [], [[1, NaN]]]) assert.equal(rowsIn(data, columns), null)
  assert.deepEqual(rowsIn(3, ['t']), [[3]])
  assert.deepEqual(rowsIn([3, 4], ['t']), [[3], [4]])
})

test('alarms are runs of rows beyond the threshold', () => {
  const told = { predicted: [[1], [5], [6], [1]], start: 10, scores: [0, 3], scored: 20 }
  assert.deepEqual(alarmsIn({ ...told, alarm: 'above' }, 4), [{ start: 11, end: 12, score: 6 }])
  assert.deepEqual(alarmsIn({ ...told, alarm: 'below' }, 2), [{ start: 10, end: 10, score: 1 }, { start: 13, end: 13, score: 1 }])
  assert.deepEqual(alarmsIn({ ...told, alarm: 'error' }, 2), [{ start: 21, end: 21, score: 3 }])
  assert.deepEqual(alarmsIn({ ...told, alarm: 'error' }, null), [])
})
