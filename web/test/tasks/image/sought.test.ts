/** Labels looked for in a picture: it is looked at once, each label is read once, and all places come together. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Box, TensorLike } from '../../../src/shared/api.js'
import type { Matching as Described } from '../../../src/shared/manifest.gen.js'
import { smoothed } from '../../../src/tasks/image/worker/smooth.js'
import { Sought } from '../../../src/tasks/image/worker/sought.js'
import type { Named } from '../../../src/worker/engine.js'
import { Matching } from '../../../src/worker/language/matching.js'
import type { Tokens } from '../../../src/worker/language/tokens.js'
import type { Runs } from '../../../src/worker/runs.js'

const described: Described = { model: 'text_model', inputs: { ids: 'ids', type: 'int64' }, output: 'logits', head: 'head', template: '{}', given: ['own0'], reads: ['text0'] }
const tensor = (...values: number[]): TensorLike => ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) })
const first = (named: Named, name: string): number => Number(named.get(name)?.data[0])

/** A text stands for how long it is, and its score is that by what was seen. */
function opened(): { sought: Sought; runs: string[] } {
  const runs: string[] = []
  const tokens = { whole: (text: string) => ({ ids: [text.length], truncated: false }) } as unknown as Tokens
  const fake = {
    infer: (feeds: Named, model?: string) => {
      runs.push(model ?? 'picture')
      return Promise.resolve(new Map([[model === undefined ? 'own0' : 'text0', tensor(first(feeds, model === undefined ? 'x' : 'ids'))]]))
    },
    small: (_graph: string, feeds: Named) => Promise.resolve(new Map([['logits', tensor(first(feeds, 'text0') / first(feeds, 'own0'))]])),
  } as unknown as Runs
  return { sought: new Sought(new Matching(described, tokens, fake), fake), runs }
}

const picture = (value: number): Named => new Map([['x', tensor(value)]])
const boxes = (outputs: Named, label: string): Promise<Box[]> => Promise.resolve([{ label, score: first(outputs, 'logits'), x: first(outputs, 'own0'), y: 0, width: 1, height: 1 }])

test('the best comes first, whatever label it is of', async () => {
  const { sought, runs } = opened()
  const found = await sought.boxes(picture(2), 'x', ['cat', 'a dog', 'cat'], undefined, boxes)
  assert.deepEqual(found.map(({ label, score, x }) => [label, score, x]), [['a dog', 2.5, 2], ['cat', 1.5, 2], ['cat', 1.5, 2]])
  assert.deepEqual(runs, ['picture', 'text_model', 'text_model'])
  await sought.boxes(picture(2), 'x', ['cat', 'fox!'], undefined, boxes)
  assert.deepEqual(runs.slice(3), ['text_model'], 'the same picture, and a label that is known')
  await sought.boxes(picture(4), 'x', ['cat'], undefined, boxes)
  assert.deepEqual(runs.slice(4), ['picture'])
})

test('without labels there is nothing to look for', async () => {
  await assert.rejects(opened().sought.boxes(picture(1), 'x', [' '], undefined, boxes), /no labels/)
})

test('a picture is brought to its size in floats, as in the builder', () => {
  // As in tests/builder/tasks/image/test_sought.py.
  const made = (width: number, height: number, to: [number, number], squared: boolean): number[] => {
    const rows = (from: number, count: number): Uint8ClampedArray => Uint8ClampedArray.from({ length: 4 * width * count }, (_, i) => (37 * ((i >> 2) % width) + 91 * (from + Math.floor((i >> 2) / width))) % 256)
    return [...smoothed({ width, height }, { width: to[0], height: to[1] }, squared, rows)].filter((_, i) => i % 4 === 1).map((value) => Math.round(100 * value) / 100)
  }
  assert.deepEqual(made(7, 5, [3, 2], true), [109.48, 128.82, 120.84, 121.88, 135.54, 114.99])
  assert.deepEqual(made(7, 5, [3, 2], false), [102.79, 145.19, 112.02, 97.24, 125.25, 142.91])
  assert.deepEqual(made(4, 21, [3, 3], true), [123.85, 127.46, 127.5, 131.58, 127.65, 127.5, 126.57, 127.42, 127.5])
  assert.deepEqual(made(4, 21, [3, 3], false), [108.8, 118.56, 129.05, 138.1, 130.35, 140.06, 123.79, 130.93, 118.97])
})
