/** Parts of a sound, and notes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noteName, noteNumber, notesOf, partsOf, pitched } from '../../src/shared/segments.js'

test('activity ends where it falls well below its threshold; short parts and pauses do not count', () => {
  const rules = { step: 0.1, start: 2, threshold: 0.5, release: 0.35, least: 0.2, gap: 0.1, label: 'speech', score: 'mean' } as const
  const found = partsOf([0, 0.6, 0.4, 0.9, 0.1, 0.8, 0, 0, 0, 0.9, 0, 0], rules)
  assert.equal(found.length, 1)
  assert.deepEqual([found[0]?.start.toFixed(1), found[0]?.end.toFixed(1)], ['2.1', '2.6'])
  assert.equal(partsOf([0.9, 0.9], rules)[0]?.end.toFixed(1), '2.2')
})

test('notes begin at their onsets, and have the names that musicians use', () => {
  assert.deepEqual([noteName(69), noteName(21), noteNumber('C♯4'), noteNumber('speech')], ['A4', 'A0', 61, undefined])
  const frames = Float32Array.from([0, 0, 0.9, 0, 0.9, 0, 0.9, 0.8, 0, 0.8, 0, 0.8])
  const onsets = Float32Array.from([0, 0, 0.9, 0, 0.1, 0, 0.8, 0.7, 0, 0, 0, 0])
  const found = notesOf(frames, onsets, 2, 60, { step: 1, start: 0, threshold: 0.3, least: 1, gap: 0 })
  assert.deepEqual(found.map(({ label, start, end }) => [label, start, end]), [['C4', 1, 3], ['C4', 3, 4], ['C♯4', 3, 6]])
  const sung = pitched([440, 441, 0, 523.3], [0.9, 0.8, 0, 0.3], { step: 0.1, start: 0, threshold: 0.5, least: 0.1, gap: 0 })
  assert.deepEqual(sung.map(({ label }) => label), ['A4'])
})
