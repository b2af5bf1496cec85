/** What `predict()` is told of another type: each is one sentence that names it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkedOptions, checkParts } from '../../src/page/options.js'
import type { PredictOptions } from '../../src/shared/api.js'
import { EdgewebError } from '../../src/shared/errors.js'

function refused(name: string, work: () => unknown): void {
  assert.throws(work, (error) => error instanceof EdgewebError && error.code === 'input' && error.message.startsWith(`${name} is `), name)
}

test('options of other types are refused by their names', () => {
  const wrong: [keyof PredictOptions, unknown][] = [
    ['topK', NaN], ['topK', '5'], ['temperature', null], ['seed', Infinity], ['template', 7], ['template', null], ['template', 'no gap'],
    ['stream', 'zzz'], ['onText', 'f'], ['onPart', {}], ['others', 'a'], ['history', [{ role: 'me', content: 'a' }]], ['stop', 5], ['several', 'yes'],
    ['timestamps', 'letter'], ['language', 1], ['signal', {}],
  ]
  for (const [name, value] of wrong) refused(name, () => checkedOptions({ [name]: value } as PredictOptions))
})

test('what is right, left out, or unknown passes', () => {
  const right: PredictOptions = { topK: 5, temperature: 0, stop: ['a'], timestamps: 'word', stream: 'end', template: 'It is {}.', history: [{ role: 'user', content: 'a' }], signal: new AbortController().signal, onText: () => undefined }
  assert.equal(checkedOptions(right), right)
  checkedOptions({ topK: undefined, another: 1 } as unknown as PredictOptions)
  checkParts({ text: 'a', pair: ['b'], labels: [], points: [{ x: 1, y: 2, label: 0 }], boxes: [{ x: 1, y: 2, width: 3, height: 4 }] })
})

test('parts of other types are refused by their names', () => {
  const wrong: [string, unknown][] = [['labels', 'cat, dog'], ['labels', [1]], ['text', 5], ['pair', null], ['question', []], ['points', [{ x: NaN, y: 1 }]], ['points', [{ x: 1, y: 1, label: 2 }]], ['boxes', { x: 1 }]]
  for (const [name, value] of wrong) refused(name, () => checkParts({ [name]: value }))
})
