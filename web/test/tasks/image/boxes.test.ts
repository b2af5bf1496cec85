/** Rotated boxes, from the model's picture to the visitor's and to where labels stand; and maps as greys. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Box } from '../../../src/shared/api.js'
import { upright } from '../../../src/page/ui/results/scene.js'
import { span } from '../../../src/tasks/image/shared/greys.js'
import { turned } from '../../../src/tasks/image/worker/results.js'

const box: Box = { label: 'ship', score: 1, x: 10, y: 20, width: 20, height: 10 }

function near(found: Box, wanted: Partial<Record<'x' | 'y' | 'width' | 'height' | 'angle', number>>): void {
  for (const [key, value] of Object.entries(wanted)) assert.ok(Math.abs((found[key as 'x'] ?? NaN) - value) < 1e-9, `${key}: ${found[key as 'x']} instead of ${value}`)
}

test('a box keeps its form where both axes are scaled alike', () => {
  near(turned(box, 0.5, 3, 3), { x: 10, y: 20, width: 20, height: 10, angle: 0.5 })
})

test('a box turned by a quarter is across what it was down', () => {
  // As in the native form: tests/builder/tasks/image/test_boxes.py.
  near(turned(box, Math.PI / 2, 2, 1), { x: 15, y: 15, width: 10, height: 20, angle: Math.PI / 2 })
})

test('a label stands at the level box around a rotated one', () => {
  assert.equal(upright(box), box)
  near(upright({ ...box, angle: Math.PI / 2 }), { x: 15, y: 15, width: 10, height: 20 })
})

test('what is no number has no place between black and white', () => {
  assert.deepEqual(span([NaN, 2, -1, Infinity]), [-1, 2])
  assert.deepEqual(span([]), [0, 0])
})
