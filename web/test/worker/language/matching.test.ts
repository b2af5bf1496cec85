/** Labels of the visitor's own: each is read once, in its sentence, and scored with the others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorLike } from '../../../src/shared/api.js'
import type { Matching as Described } from '../../../src/shared/manifest.gen.js'
import type { Named } from '../../../src/worker/engine.js'
import { Matching } from '../../../src/worker/language/matching.js'
import type { Tokens } from '../../../src/worker/language/tokens.js'
import type { Runs } from '../../../src/worker/runs.js'

const own: TensorLike = { type: 'float32', dims: [1, 1], data: Float32Array.of(1) }
const described: Described = { model: 'text_model', inputs: { ids: 'ids', type: 'int64' }, output: 'out', head: 'head', template: 'A {}.' }

/** A text stands for how long it is; the shorter, the better. */
function opened(): { matching: Matching; read: string[] } {
  const read: string[] = []
  const tokens = { whole: (text: string) => { read.push(text); return { ids: [text.length], truncated: false } } } as unknown as Tokens
  const runs = {
    infer: (feeds: Named, model?: string) => {
      assert.equal(model, 'text_model')
      return Promise.resolve(new Map([['out', { type: 'float32', dims: [1, 1], data: Float32Array.from(feeds.get('ids')?.data as BigInt64Array, Number) }]]))
    },
    small: (graph: string, feeds: Named) => {
      assert.equal(graph, 'head')
      const texts = feeds.get('texts') as TensorLike
      return Promise.resolve(new Map([['scores', { type: 'float32', dims: [texts.dims[0] ?? 0], data: (texts.data as Float32Array).map((value) => 1 / value) }]]))
    },
  } as unknown as Runs
  return { matching: new Matching(described, tokens, runs), read }
}

test('the best comes first, and a label twice stays twice', async () => {
  const { matching, read } = opened()
  const found = await matching.scores(own, ['long one', ' fox ', 'long one', ''])
  assert.deepEqual(found.map(({ label }) => label), ['fox', 'long one', 'long one'])
  assert.deepEqual(read, ['A long one.', 'A fox.'], 'read once')
  await matching.scores(own, ['fox'], 'My {}!')
  assert.deepEqual(read.slice(2), ['My fox!'])
})

test('a label is put in as it is written', async () => {
  const { matching, read } = opened()
  await matching.scores(own, ['$& and $1'])
  assert.deepEqual(read, ['A $& and $1.'])
})

test('without labels, or a place for them, there is nothing to do', async () => {
  const { matching } = opened()
  await assert.rejects(matching.scores(own, [' ']), /no labels/)
  await assert.rejects(matching.scores(own, ['fox'], 'A dog.'), /no place for a label/)
})
