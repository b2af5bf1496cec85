/** Labels over a picture: each at an edge of its box, none over another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Box } from '../../../../src/shared/api.js'
import { placed } from '../../../../src/page/ui/results/tags.js'

const size = { width: 640, height: 480 }
const box = (x: number, y: number, width = 200, height = 150): Box => ({ label: 'dog', score: 1, x, y, width, height })
const kinds = (boxes: readonly Box[], texts: readonly string[], across: number): string[] => placed(boxes, texts, size, across).map(({ hidden, low, inside }) => (hidden ? 'hidden' : low ? 'low' : inside ? 'inside' : 'above'))

test('the second of two in one place stands below, the third is left out', () => {
  const same = [box(100, 100), box(102, 101), box(101, 99)]
  assert.deepEqual(kinds(same, ['dog 90 %', 'dog 80 %', 'dog 70 %'], 640), ['above', 'low', 'hidden'])
})

test('what is side by side on a wide screen may not be so on a telephone', () => {
  const two = [box(60, 100), box(260, 100)]
  const texts = ['golden retriever 90.0 %', 'dog 80 %']
  assert.deepEqual(kinds(two, texts, 900), ['above', 'above'])
  assert.deepEqual(kinds(two, texts, 300), ['above', 'low'])
})

test('a label inside its box and one above the next do not meet', () => {
  // The first takes the 19 pixels from 10 on, the second those before its edge.
  assert.deepEqual(kinds([box(50, 10), box(50, 50)], ['dog', 'dog'], 640), ['inside', 'above'])
  assert.deepEqual(kinds([box(50, 10), box(50, 40)], ['dog', 'dog'], 640), ['inside', 'low'])
})

test('a label stays within the picture', () => {
  const [left, right] = placed([box(300, 200, 30), box(600, 200, 40)], ['a label that is long enough', 'dog'], size, 320)
  assert.ok(left && left.x + 192 / 320 <= 1.0001)
  assert.ok(right?.end && right.x === 1)
})
