/** What is seen among words: it stands where its token is, once, and the cache goes on from there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorLike } from '../../../src/shared/api.js'
import type { Writer } from '../../../src/shared/manifest.gen.js'
import type { Fed, Held, Kept, Named } from '../../../src/worker/engine.js'
import { marked, placed, places, Shown, shownIn } from '../../../src/worker/language/seeing.js'
import type { Runs } from '../../../src/worker/runs.js'

const seeing = { model: 'embeds', ids: 'ids', output: 'vectors', seen: 'seen', token: 9, before: [1] }
const writer: Writer = { model: 'writes', inputs: { ids: 'inputs_embeds', type: 'int64', mask: 'mask', positions: 'places', state: [{ input: 'past', output: 'present', type: 'float32', dims: [1, 0, 2] }] }, output: 'logits', chat: { first: '', after: '', prompt: '', opens: '', next: '', picture: { text: '<image>', before: '@' } }, seeing }
const seen: TensorLike = { type: 'float32', dims: [1, 2, 2], data: Float32Array.of(70, 71, 80, 81) }

function opened(): { shown: Shown; fed: Fed[]; freed: () => number } {
  const fed: Fed[] = []
  let freed = 0
  const runs = {
    infer: (feeds: Named, model?: string) => {
      assert.equal(model, 'embeds')
      const ids = [...(feeds.get('ids')?.data as BigInt64Array)].map(Number)
      return Promise.resolve(new Map([['vectors', { type: 'float32', dims: [1, ids.length, 2], data: Float32Array.from(ids.flatMap((id) => [id, -id])) }]]))
    },
    hold: (feeds: Fed, _keep: ReadonlySet<string>, model?: string): Promise<Kept> => {
      assert.equal(model, 'writes')
      fed.push(feeds)
      const held = { dims: [1], free: () => { freed++ } } as unknown as Held
      return Promise.resolve({ outputs: new Map([['logits', { type: 'float32', dims: [1, 1, 3], data: Float32Array.of(1, 2, 3) }]]), held: new Map([['present', held]]) })
    },
  } as unknown as Runs
  return { shown: new Shown(writer, seeing, runs, seen), fed, freed: () => freed }
}

const data = (feeds: Fed | undefined, name: string): number[] => [...((feeds?.get(name) as TensorLike | undefined)?.data ?? [])].map(Number)

test('what is seen stands at the places of its token, and later ones are words', async () => {
  const { shown, fed, freed } = opened()
  const first = await shown.begin([1, 9, 9, 4])
  assert.deepEqual(data(fed[0], 'inputs_embeds'), [1, -1, 70, 71, 80, 81, 4, -4])
  assert.deepEqual([...first.scores], [1, 2, 3])
  const next = await shown.next(first.row, 9)
  assert.deepEqual(data(fed[1], 'inputs_embeds'), [9, -9])
  assert.deepEqual([data(fed[1], 'places'), data(fed[1], 'mask').length], [[4], 5])
  assert.ok('free' in (fed[1]?.get('past') ?? {}), 'what was kept is fed on')
  first.row.free()
  next.row.free()
  assert.equal(freed(), 2)
})

test('a prompt has as many tokens for it as it has places', () => {
  assert.equal(places(seen), 2)
  assert.deepEqual(placed([5, 9, 6], 2, seeing), [1, 5, 9, 9, 6])
  assert.throws(() => placed([5, 6], 2, seeing), /no place left/)
  assert.throws(() => placed([9, 6, 9], 2, seeing), /mark of a picture/)
  const chat = writer.chat ?? { first: '', after: '', prompt: '', opens: '', next: '' }
  const [first, second] = marked([{ role: 'user', content: 'a' }, { role: 'user', content: ' b' }], 1, { trims: ['user'] })
  assert.deepEqual(['a', shownIn(`user @${second?.content}, user @c`, chat)], [first?.content, 'user <image>@b, user @c'])
})
