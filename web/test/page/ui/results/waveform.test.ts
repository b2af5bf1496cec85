/** What is drawn of a sound, and how its times read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clock, peaks } from '../../../../src/page/ui/results/waveform.js'

test('each column of a waveform has its least and its greatest sample, the loudest being 1', () => {
  assert.deepEqual(peaks(new Float32Array([0, 0.5, -0.25, 0.25]), 2), [[0, 1], [-0.5, 0.5]])
  assert.equal(peaks(new Float32Array([0.1, 0.2]), 100).length, 2)
  assert.deepEqual(peaks(new Float32Array(0), 10), [])
  assert.deepEqual(peaks(new Float32Array(4), 2), [[0, 0], [0, 0]])
})

test('times are shown as a player shows them', () => {
  assert.deepEqual([0, 1.46, 59.96, 61, 3600].map(clock), ['0:00.0', '0:01.5', '1:00.0', '1:01.0', '60:00.0'])
})
