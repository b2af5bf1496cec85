/** When measurements are alarming. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alarmsIn } from '../../../../src/tasks/series/shared/alarms.js'

test('alarms are runs of rows beyond the threshold', () => {
  const told = { predicted: [[1], [5], [6], [1]], start: 10, scores: [0, 3], scored: 20 }
  assert.deepEqual(alarmsIn({ ...told, alarm: 'above' }, 4), [{ start: 11, end: 12, score: 6 }])
  assert.deepEqual(alarmsIn({ ...told, alarm: 'below' }, 2), [{ start: 10, end: 10, score: 1 }, { start: 13, end: 13, score: 1 }])
  assert.deepEqual(alarmsIn({ ...told, alarm: 'error' }, 2), [{ start: 21, end: 21, score: 3 }])
  assert.deepEqual(alarmsIn({ ...told, alarm: 'error' }, null), [])
})
