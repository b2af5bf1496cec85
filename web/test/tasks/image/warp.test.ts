/** What lies around a box in a picture, as in the builder. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { around, warped } from '../../../src/tasks/image/worker/warp.js'

test('what lies around a box is seen to the byte, and black beyond the picture', () => {
  // As in tests/builder/tasks/image/test_pose.py.
  const read = (left: number, top: number, width: number, height: number): Uint8ClampedArray => Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => {
    const [x, y] = [left + ((i >> 2) % width), top + Math.floor((i >> 2) / width)]
    return [(37 * x + 91 * y) % 256, (11 * x + 5 * y) % 256, 200, 255][i % 4] as number
  })
  const made = warped({ width: 13, height: 9 }, { x: 2.5, y: 1, width: 5, height: 6.5 }, { width: 4, height: 5 }, read)
  assert.deepEqual([...made].filter((_, i) => i % 4 === 0), [82, 162, 177, 66, 61, 91, 166, 145, 148, 36, 100, 164, 124, 139, 29, 109, 0, 0, 0, 0])
  assert.deepEqual([...made].filter((_, i) => i % 4 === 2), [...Array<number>(16).fill(200), 0, 0, 0, 0])
  assert.deepEqual(around({ x: 0, y: 0, width: 10, height: 10 }, { width: 20, height: 40 }), { x: -1.25, y: -7.5, width: 12.5, height: 25 })
  assert.deepEqual([...warped({ width: 13, height: 9 }, { x: 50, y: 50, width: 1, height: 1 }, { width: 1, height: 2 }, read)], [0, 0, 0, 255, 0, 0, 0, 255])
})
