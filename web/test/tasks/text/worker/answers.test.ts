/** Where an answer is, beside what transformers' own functions make of the same scores. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { candidates, merge, wanted, windowsOf } from '../../../../src/tasks/text/worker/answers.js'
import { chosen, hypothesis } from '../../../../src/tasks/text/worker/two.js'

// select_starts_ends of transformers 4.57 for these scores: tokens 9 to 22 are the context's, token 0 stands for the whole.
const STARTS = [6.122757, -7.666995, 1.254297, -1.703309, -1.357948, -0.646791, -6.059958, -0.695797, -2.595639, 9.968999, 0.67736, -1.057892, -0.843862, -2.004139, -3.165452, -1.172403, 1.445836, -0.715661, 2.873276, -0.599406, 0.072779, 4.637463, 1.635317, -1.515686]
const ENDS = [-0.548517, 1.621575, 5.805264, -0.808861, -0.730676, 3.006941, -2.65938, -0.875161, 2.647617, 1.74105, 0.27455, 2.010313, -8.484487, 3.06392, -2.878934, -5.00586, 0.829337, 2.101635, -1.334302, -3.229218, 0.078375, -0.158242, 4.216794, 2.242224]
const RIGHT = [[9, 22, 0.563691], [9, 13, 0.177973], [9, 17, 0.067989], [9, 11, 0.062055], [9, 9, 0.047407]]

test('the likeliest places of a window', () => {
  const found = candidates(STARTS, ENDS, 9, 14, [0], wanted(3))
  assert.equal(found.length, 16)
  for (const [i, [start, end, score = 0]] of RIGHT.entries()) {
    assert.deepEqual([found[i]?.start, found[i]?.end], [start, end])
    assert.ok(Math.abs((found[i]?.score ?? 0) - score) < 1e-5)
  }
})

test('windows overlap by half of what is read, at most 128 tokens', () => {
  assert.deepEqual(windowsOf(7, 54, 3, 64), { asked: 7, windows: [{ from: 0, until: 54 }] })
  assert.deepEqual(windowsOf(7, 90, 3, 64).windows, [{ from: 0, until: 54 }, { from: 22, until: 76 }, { from: 44, until: 90 }])
  assert.deepEqual(windowsOf(10, 500, 3, 4096).windows.map(({ from }) => from), [0, 243])
  // A question that is longer than the model reads leaves room for the text.
  assert.deepEqual(windowsOf(90, 3, 3, 64), { asked: 28, windows: [{ from: 0, until: 3 }] })
})

test('answers are whole words, and what says the same counts together', () => {
  const text = 'Anna lives in Ulm. In Ulm!'
  const places = [[0, 2], [2, 4], [5, 10], [11, 13], [14, 17], [17, 18], [19, 21], [22, 25], [25, 26]].map(([start = 0, end = 0]) => ({ start, end }))
  const located = { ids: places.map(() => 1), places, words: [0, 0, 1, 2, 3, 4, 5, 6, 7] }
  const answers: { text: string; score: number; start: number; end: number }[] = []
  merge(answers, [{ start: 10, end: 10, score: 0.5 }, { start: 12, end: 13, score: 0.25 }, { start: 15, end: 16, score: 0.125 }], text, located, { from: 0, until: 9 }, 9)
  assert.deepEqual(answers, [{ text: 'Anna', score: 0.5, start: 0, end: 4 }, { text: 'in Ulm', score: 0.375, start: 11, end: 17 }])
  // A window that begins within a word knows the rest of it only.
  merge(answers, [{ start: 9, end: 9, score: 0.5 }], text, located, { from: 1, until: 9 }, 9)
  assert.deepEqual(answers.at(-1), { text: 'na', score: 0.5, start: 2, end: 4 })
})

test('labels of the visitor by their entailment, against each other or each against its contradiction', () => {
  const logits = [[1, 0, 2], [0, 5, 1]]
  const near = (found: number[], right: number[]): void => found.forEach((value, i) => assert.ok(Math.abs(value - (right[i] ?? NaN)) < 1e-6, String(found)))
  near(chosen(logits, 2, false), [0.7310586, 0.2689414])
  near(chosen(logits, 2, true), [0.7310586, 0.7310586])
  near(chosen(logits, 0, true), [0.2689414, 0.2689414])
  near(chosen([[1, 0, 2]], 2, false), [0.7310586])
  assert.equal(hypothesis('It is {}.', '$&'), 'It is $&.')
  assert.throws(() => hypothesis('It is.', 'x'), /no place for a label/)
})
