/** Texts as the ids of letters: what transformers' VitsTokenizer gives for the same vocabularies. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SpeechPipeline } from '../../../src/shared/manifest.gen.js'
import { lettersOf } from '../../../src/tasks/speech/shared/letters.js'

const pipeline = (over: Partial<SpeechPipeline> = {}): SpeechPipeline => ({
  input: 'input_ids', type: 'int64', output: 'waveform', rate: 16_000, letters: { _: 0, a: 1, b: 2, ' ': 3, B: 4, ch: 5 }, unknown: 6, blank: 0, apart: { _: 0, '<unk>': 6 }, ...over,
})

test('letters have blanks around them, and what the vocabulary lacks is left out', () => {
  assert.deepEqual(lettersOf('A, b!', pipeline()), [0, 1, 0, 3, 0, 2, 0])
  assert.deepEqual(lettersOf('Bb', pipeline()), [0, 4, 0, 2, 0])
  assert.deepEqual(lettersOf('ab', pipeline({ blank: null })), [1, 2])
})

test('tokens that were added stand alone', () => {
  assert.deepEqual(lettersOf('a_b', pipeline()), [0, 1, 0, 0, 0, 2, 0])
  assert.deepEqual(lettersOf('<unk>a', pipeline({ lower: false })), [6, 0, 1, 0])
})

test('without small letters what is unknown stays', () => assert.deepEqual(lettersOf('aZ', pipeline({ lower: false })), [0, 1, 0, 6, 0]))

test('texts that cannot be spoken end in a sentence', () => {
  assert.throws(() => lettersOf('漢字', pipeline()), /none of the letters/)
  assert.throws(() => lettersOf('ä', pipeline({ latin: true })), /Latin letters alone/)
  assert.throws(() => lettersOf('a'.repeat(1001), pipeline()), /has 1001 letters/)
})
