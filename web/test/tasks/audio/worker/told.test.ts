/** What is told to a decoder of speech, and what its tokens say: the numbers are those of transformers' own functions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Spoken } from '../../../../src/shared/manifest.gen.js'
import { languageOf, merged, onlyOf, promptOf, timesIn, transcriptOf } from '../../../../src/tasks/audio/worker/told.js'

const spoken: Spoken = { prompt: [1, null, 3], languages: { en: 4, de: 5 }, end: 0, step: 0.02, plain: 99, specials: [0, 1, 2, 3] }
const spell = (ids: number[]): string => `${ids.join(' ')};`

test('a prompt has the language, and that no times are wanted', () => {
  assert.deepEqual(promptOf(spoken, 5, false), [1, 5, 3, 99])
  assert.deepEqual(promptOf(spoken, 5, true), [1, 5, 3])
  assert.deepEqual(promptOf({ ...spoken, prompt: [1], plain: null }, undefined, false), [1])
})

test('a language is named, known, or told by the sound', () => {
  assert.equal(languageOf(spoken, { language: '<|DE|>' }), 5)
  assert.equal(languageOf(spoken, {}), undefined)
  assert.equal(languageOf({ ...spoken, known: true }, {}), 4)
  assert.equal(languageOf({ ...spoken, languages: { fr: 7 } }, {}), 7)
  assert.throws(() => languageOf(spoken, { language: 'xx' }), /knows no language "xx"/)
  assert.throws(() => languageOf({ ...spoken, languages: {} }, { language: 'de' }), /hears one language/)
  const scores = Float32Array.of(9, 1, 2, 3)
  onlyOf([1, 2])(scores)
  assert.deepEqual([...scores], [-Infinity, 1, 2, -Infinity])
})

test('texts that lie over each other are cut where they agree most', () => {
  assert.deepEqual(merged([[10, 11, 12, 13, 14, 15], [13, 14, 15, 16, 17]]), [10, 11, 12, 13, 14, 15, 16, 17])
  assert.deepEqual(merged([[1, 2], [3, 4], []]), [1, 2, 3, 4])
  assert.deepEqual(merged([]), [])
})

test('times make segments, those in shared seconds once', () => {
  const one = transcriptOf([{ ids: [1, 100, 10, 11, 12, 200, 200, 13, 14, 400, 0], length: 30, left: 0, right: 0 }], spoken, spell)
  assert.deepEqual(one, { text: '10 11 12;13 14;', segments: [{ text: '10 11 12;', start: 0, end: 2 }, { text: '13 14;', start: 2, end: 6 }] })
  const three = transcriptOf([
    { ids: [100, 10, 11, 700, 700, 12, 13, 14, 1500], length: 30, left: 0, right: 5 },
    { ids: [100, 12, 13, 14, 500, 500, 15, 16, 1000], length: 30, left: 5, right: 5 },
    { ids: [110, 15, 16, 17, 400], length: 11, left: 5, right: 0 },
  ], spoken, spell)
  assert.deepEqual(three.segments, [{ text: '10 11;', start: 0, end: 12 }, { text: '12 13 14;', start: 12, end: 28 }, { text: '15 16 17;', start: 28, end: 46 }])
  assert.deepEqual(transcriptOf([{ ids: [0], length: 30, left: 0, right: 0 }], spoken, spell), { text: '', segments: [] })
})

test('without times the texts of pieces are laid over each other', () => {
  const pieces = [{ ids: [1, 10, 11, 12, 13, 14, 15, 0], length: 30, left: 0, right: 5 }, { ids: [1, 13, 14, 15, 16, 17, 0], length: 12, left: 5, right: 0 }]
  assert.equal(transcriptOf(pieces, spoken, spell).text, '10 11 12 13 14 15 16 17;')
})

/** Which of 8 tokens may come after `ids`: 3 ends, 4 says that there are no times, which begin at 5. */
function allowed(ids: number[], scores = [1, 1, 1, 1, 1, 1, 1, 1]): string {
  const found = Float32Array.from(scores)
  timesIn({ ...spoken, end: 3, plain: 4, latest: 1 }, 1)(found, [9, ...ids])
  return [...found].map((score) => (Number.isFinite(score) ? 'x' : '.')).join('')
}

test('times come in pairs, never go back, and win where they are likelier', () => {
  assert.equal(allowed([]), '.....xx.')
  assert.equal(allowed([5, 0], [9, 0, 0, 0, 0, 0, 0, 0]), 'xxxx..xx')
  assert.equal(allowed([5, 0, 6]), '......xx')
  assert.equal(allowed([5, 0, 6, 6]), 'xxxx....')
  assert.equal(allowed([5], [2, 0, 0, 0, 0, 0, 0, 0]), 'xxxx....')
})
