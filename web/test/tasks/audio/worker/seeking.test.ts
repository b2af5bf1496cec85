/** How a sound is heard to its end by the times that are written: the numbers are those of transformers' own functions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Spoken } from '../../../../src/shared/manifest.gen.js'
import { featuresFrom, keptOf } from '../../../../src/tasks/audio/worker/seeking.js'
import { transcriptOf } from '../../../../src/tasks/audio/worker/told.js'

const spoken: Spoken = { prompt: [1], languages: {}, end: 0, step: 0.02, plain: 99, seeks: true, specials: [0, 1] }

test('two times in a row are where the next part begins, a single one at the end is the end', () => {
  const parts: [ids: number[], kept: number[], steps: number][] = [
    [[100, 10, 11, 0], [100, 10, 11], 0], [[100, 10, 150, 150, 11, 200], [100, 10, 150, 150, 11, 200], 0],
    [[100, 10, 150, 150, 11, 200, 200], [100, 10, 150, 150, 11, 200, 200], 100], [[100, 10, 150, 150, 11, 0], [100, 10, 150, 150], 50],
    [[120, 120], [120, 120], 20], [[120], [120], 0], [[0], [], 0],
  ]
  for (const [ids, kept, steps] of parts) assert.deepEqual(keptOf(ids, spoken), { kept, steps })
  assert.deepEqual(keptOf([120, 120, 10, 0], { ...spoken, seeks: false }), { kept: [120, 120, 10], steps: 0 })
})

test('features from a frame on have nothing after them', () => {
  const features = { type: 'float32' as const, dims: [1, 2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }
  assert.equal(featuresFrom(features, 0), features)
  assert.deepEqual(featuresFrom(features, 1), { ...features, data: Float32Array.of(2, 3, 0, 5, 6, 0) })
})

test('a time that goes back is of what was heard later', () => {
  const times = (ids: number[]): unknown => transcriptOf([{ ids, length: 30, left: 0, right: 0 }], spoken, (all) => all.join(' ')).segments.map(({ start, end }) => [start, end])
  assert.deepEqual(times([100, 10, 600, 600, 11, 900, 900, 100, 12, 400, 400]), [[0, 10], [10, 16], [16, 22]])
  assert.deepEqual(times([100, 10, 600, 110, 12, 300]), [[0, 10], [30.2, 34]])
  assert.deepEqual(times([100, 10, 1100, 1100, 100, 11, 200, 200, 12, 300, 100, 13, 150]), [[0, 20], [20, 22], [22, 24], [50, 51]])
})
