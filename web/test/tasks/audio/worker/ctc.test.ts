/** Speech as it is written from the tokens of frames, in one piece or several. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ctc } from '../../../../src/shared/manifest.gen.js'
import { linesOf, subtitles } from '../../../../src/tasks/audio/shared/lines.js'
import { textOf, wordsOf } from '../../../../src/tasks/audio/worker/ctc.js'
import { ownFrames, piecesOf } from '../../../../src/tasks/audio/worker/pieces.js'

const tokens = ['<pad>', '<s>', '|', 'A', 'B', '.']
const ctc: Ctc = { tokens, unknown: '<unk>', blank: '<pad>', delimiter: '|', space: ' ', ratio: 320 }

test('equal tokens in a row are one, blanks part them, and special ones stay', () => {
  assert.equal(textOf([2, 2, 3, 3, 0, 3, 4, 1, 1, 0, 2, 9, 9, 2], ctc), 'AAB<s> <unk>')
  assert.equal(textOf([], ctc), '')
  assert.equal(textOf([0, 0, 0], ctc), '')
  assert.equal(textOf([3, 2, 5], { ...ctc, lower: true, tidy: true }), 'a.')
  assert.equal(textOf([3, 2, 4], { ...ctc, space: '_' }), 'A_B')
})

test('words begin and end with their frames', () => {
  // What transformers gives for these ids: A from 1 to 3, AB from 6 to 10.
  const ids = [0, 3, 3, 2, 0, 2, 3, 0, 4, 4]
  assert.deepEqual(wordsOf(ids, ctc, 16_000), [{ text: 'A', start: 0.02, end: 0.06 }, { text: 'AB', start: 0.12, end: 0.2 }])
  assert.deepEqual(wordsOf([2, 2, 0], ctc, 16_000), [])
})

test('pieces of a long sound have their margins in common, and no frame twice', () => {
  const pieces = piecesOf(1_000_000, 480_000, 80_000)
  assert.deepEqual(pieces.map(({ from, to }) => [from, to]), [[0, 480_000], [320_000, 800_000], [640_000, 1_000_000]])
  assert.deepEqual(pieces.map((piece) => ownFrames(piece, 320)), [[0, 1250], [250, 1250], [250, 1125]])
  // What the margin of the piece before has told already needs no piece of its own.
  assert.equal(piecesOf(400_000, 480_000, 80_000).length, 1)
  assert.deepEqual(piecesOf(330, 100, 10).at(-1), { from: 240, to: 330, left: 10, right: 0 })
})

test('words become lines at pauses, and sentences stay', () => {
  const words = [['so', 0, 0.4], ['it', 0.5, 0.7], ['goes', 2, 2.4]].map(([text, start, end]) => ({ text: text as string, start: start as number, end: end as number }))
  assert.deepEqual(linesOf(words), [{ text: 'so it', start: 0, end: 0.7 }, { text: 'goes', start: 2, end: 2.4 }])
  const sentences = [{ text: ' One thing.', start: 0, end: 1 }, { text: ' And another.', start: 1, end: null }]
  assert.deepEqual(linesOf(sentences).map(({ text }) => text), ['One thing.', 'And another.'])
})

test('subtitles have hours, and no line that a player would read as a time', () => {
  const lines = [{ text: 'a <b> --> c', start: 3599.9996, end: null }, { text: 'd', start: 3602.5, end: 3603 }]
  assert.equal(subtitles(lines), 'WEBVTT\n\n01:00:00.000 --> 01:00:02.500\na &lt;b> → c\n\n01:00:02.500 --> 01:00:03.000\nd\n')
})
