/** Measurements from text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, rowsOf } from '../../../../src/tasks/series/page/rows.js'

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
