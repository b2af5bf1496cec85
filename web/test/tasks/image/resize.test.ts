/** Pictures brought to another size as Pillow does it, and maps as PyTorch does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classes, matte, segments, values } from '../../../src/tasks/image/worker/finer.js'
import { even, frame, places } from '../../../src/tasks/image/worker/fit.js'
import { resample } from '../../../src/tasks/image/worker/resize.js'
import type { Fit } from '../../../src/shared/manifest.gen.js'

type Filter = Exclude<Fit['resample'], 'smooth'>

/** Grey pixels, each (37 x + 91 y) % 256. */
function read(left: number, first: number, width: number, count: number): Uint8ClampedArray {
  const made = new Uint8ClampedArray(width * count * 4).fill(255)
  for (let y = 0; y < count; y++) for (let x = 0; x < width; x++) made.fill((37 * (left + x) + 91 * (first + y)) % 256, 4 * (y * width + x), 4 * (y * width + x) + 3)
  return made
}

/** One number a pixel. */
function greys(width: number, height: number, to: [number, number], filter: Filter): number[] {
  const made = resample(width, height, { from: 0, length: width, to: to[0] }, { from: 0, length: height, to: to[1] }, read, filter)
  return [...made].filter((_, i) => i % 4 === 0)
}

// What Pillow 13 gives for the same pixels.
const PILLOW: [Filter, [number, number], [number, number], number[]][] = [
  ['bilinear', [7, 5], [3, 2], [99, 129, 129, 106, 118, 128]],
  ['bicubic', [7, 5], [3, 2], [95, 130, 133, 110, 116, 126]],
  ['lanczos', [7, 5], [4, 3], [56, 125, 165, 124, 147, 82, 119, 134, 77, 152, 104, 131]],
  ['nearest', [7, 5], [3, 2], [128, 202, 20, 54, 128, 202]],
  ['box', [7, 5], [3, 2], [110, 117, 124, 82, 131, 139]],
  ['hamming', [7, 5], [3, 2], [97, 141, 118, 99, 123, 138]],
  ['bicubic', [3, 2], [5, 4], [0, 3, 29, 55, 69, 18, 30, 56, 82, 96, 70, 83, 109, 135, 149, 96, 110, 136, 162, 176]],
  ['bicubic', [4, 21], [3, 3], [111, 117, 123, 141, 131, 141, 121, 131, 120]],
]

test('pictures are resized to the byte as Pillow does', () => {
  for (const [filter, size, to, wanted] of PILLOW) assert.deepEqual(greys(...size, to, filter), wanted, `${filter} ${size} to ${to}`)
})

test('sizes are those of the builder', () => {
  // As in tests/builder/tasks/image/test_fit.py.
  const at = (fit: Partial<Fit>): number[][] => [[131, 77], [60, 101]].map(([width = 0, height = 0]) => {
    const { size, bars } = frame({ rule: 'own', resample: 'bilinear', ...fit }, { width, height })
    return [size.height + bars.top + bars.bottom, size.width + bars.left + bars.right]
  })
  assert.deepEqual(at({ rule: 'queries', height: 64, longest: 90 }), [[53, 90], [90, 53]])
  assert.deepEqual(at({ rule: 'queries', height: 64, longest: 120, multiple: 16, rounding: 'down' }), [[64, 96], [96, 64]])
  assert.deepEqual(at({ rule: 'shortest', height: 64, longest: 100, multiple: 32, rounding: 'up' }), [[64, 128], [128, 64]])
  assert.deepEqual(at({ rule: 'near', height: 70, width: 70, multiple: 14 }), [[70, 126], [112, 70]])
  assert.deepEqual(at({ rule: 'exact', height: 64, width: 64, pad: 'zeros', padMultiple: 48, centred: true }), [[96, 96], [96, 96]])
  assert.deepEqual(at({ multiple: 32, rounding: 'down' }), [[64, 128], [96, 32]])
  assert.deepEqual(at({ pad: 'mirror', padMultiple: 8 }), [[80, 136], [104, 64]])
  const document = frame({ rule: 'shortest', resample: 'bilinear', height: 64, again: [64, 64], pad: 'black', padTo: [64, 64], centred: true }, { width: 131, height: 77 })
  assert.deepEqual([document.first, document.resized, document.size, document.top, document.left], [{ width: 108, height: 64 }, { width: 64, height: 37 }, { width: 64, height: 64 }, 13, 0])
  assert.deepEqual([0.5, 1.5, 2.5, 2.4].map(even), [0, 2, 2, 2])
})

test('what lies beyond a picture is black, or its mirror image', () => {
  assert.deepEqual([...places(5, 3, 1, false)], [-1, 0, 1, 2, -1])
  assert.deepEqual([...places(8, 3, 0, true)], [0, 1, 2, 2, 1, 0, 0, 1])
})

test('maps are as fine as the picture', () => {
  const planes = { type: 'float32' as const, dims: [2, 1, 2], data: Float32Array.of(0, 4, 1, 1) }
  const found = classes(planes, { width: 8, height: 2 })
  assert.deepEqual([...found.mask.subarray(0, 8)], [1, 1, 1, 0, 0, 0, 0, 0])
  assert.equal(found.alpha?.[0], Math.round(255 / (1 + Math.exp(-1))))
  // torch.nn.functional.interpolate(..., mode="bicubic", align_corners=False) of 0, 1, 0 to five.
  const deep = values({ type: 'float32', dims: [1, 3], data: Float32Array.of(0, 1, 0) }, { width: 5, height: 1 })
  assert.deepEqual([...deep.values].map((value) => value.toFixed(4)), ['-0.0960', '0.4600', '1.0000', '0.4600', '-0.0960'])
})

test('a matte is as fine as the picture, and soft between its cells', () => {
  const { mask, alpha } = matte({ type: 'uint8', dims: [1, 2], data: Uint8Array.of(0, 200) }, { width: 4, height: 1 })
  assert.deepEqual([[...alpha], [...mask]], [[0, 50, 150, 200], [0, 0, 1, 1]])
})

test('of sure queries those with enough of their own become segments', () => {
  // As in tests/builder/tasks/image/test_queries.py.
  const shares = (of: (x: number, y: number) => number): number[] => Array.from({ length: 64 }, (_, i) => 1 / (1 + Math.exp(-of(i % 8, Math.floor(i / 8)))))
  const masks = [shares((x) => (x < 3 ? 9 : -9)), shares((x) => (x > 4 ? 9 : -9)), shares((x) => (x === 3 ? 9 : -9)), shares((x, y) => (x === 3 || x === 4 ? 6 : x < 2 && y < 2 ? 3 : -9))]
  const tensor = { type: 'float32' as const, dims: [4, 8, 8], data: Float32Array.from(masks.flat()) }
  const found = segments(tensor, [0.999, 0.999, 0.999, 0.99], { width: 8, height: 8 })
  assert.deepEqual(found?.kept, [0, 1, 2])
  assert.deepEqual([...found?.mask ?? []], Array.from({ length: 8 }, () => [1, 1, 1, 3, 0, 2, 2, 2]).flat())
  assert.equal(segments({ ...tensor, dims: [0, 8, 8], data: new Float32Array(0) }, [], { width: 8, height: 8 }), undefined)
})
