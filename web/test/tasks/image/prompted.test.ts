/** What a visitor points at: places in the model's own pixels, one look for one picture, and the likeliest mask over it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorLike } from '../../../src/shared/api.js'
import type { ImagePipeline } from '../../../src/shared/manifest.gen.js'
import { Prompted } from '../../../src/tasks/image/worker/prompted.js'
import type { Fed, Held } from '../../../src/worker/engine.js'
import type { Runs } from '../../../src/worker/runs.js'

const described = { model: 'asked', given: ['seen'], points: 'points', labels: 'labels', boxes: 'boxes', scores: 'scores', masks: 'masks' }
const pipeline = { input: 'x', width: 4, height: 4 } as ImagePipeline
/** Of two masks the second is likelier: what is to the left. */
const masks: TensorLike = { type: 'float32', dims: [1, 1, 2, 2, 2], data: Float32Array.of(-1, -1, -1, -1, 1, -1, 1, -1) }
const scores: TensorLike = { type: 'float32', dims: [1, 1, 2], data: Float32Array.of(0.25, 0.5) }

function opened(of: object = described): { prompted: Prompted; asked: Fed[]; freed: () => number; looks: () => number } {
  const asked: Fed[] = []
  let [freed, looks] = [0, 0]
  const held = { dims: [1], free: () => { freed++ } } as unknown as Held
  const runs = {
    hold: (feeds: Fed, keep: ReadonlySet<string>, model?: string) => {
      if (model === undefined) {
        looks++
        assert.deepEqual([...keep], ['seen'])
        return Promise.resolve({ outputs: new Map(), held: new Map([['seen', held]]) })
      }
      asked.push(feeds)
      return Promise.resolve({ outputs: new Map([['masks', masks], ['scores', scores]]), held: new Map() })
    },
  } as unknown as Runs
  return { prompted: new Prompted(pipeline, of as typeof described, runs), asked, freed: () => freed, looks: () => looks }
}

const picture = (value: number): Map<string, TensorLike> => new Map([['x', { type: 'float32', dims: [1], data: Float32Array.of(value) }]])
const sides = { width: 8, height: 4 }
const fed = (feeds: Fed | undefined, name: string): unknown[] => [...((feeds?.get(name) as TensorLike | undefined)?.data ?? [])]

test('without a place it is the middle, in pixels of the model', async () => {
  const { prompted, asked } = opened()
  const found = await prompted.mask(picture(1), sides, {})
  assert.deepEqual(fed(asked[0], 'points'), [2, 2])
  assert.deepEqual(fed(asked[0], 'labels'), [1n])
  assert.deepEqual([found.width, found.height, found.score], [8, 4, 0.5])
  assert.deepEqual([...found.mask].slice(0, 8), [1, 1, 1, 1, 0, 0, 0, 0])
})

test('a box alone comes with a point that counts for nothing', async () => {
  const { prompted, asked } = opened()
  await prompted.mask(picture(1), sides, { boxes: [{ x: 2, y: 1, width: 4, height: 2 }] })
  assert.deepEqual(fed(asked[0], 'boxes'), [1, 1, 3, 3])
  assert.deepEqual(fed(asked[0], 'labels'), [-10n])
})

test('the same picture is looked at once, and what was kept of the last one is freed', async () => {
  const { prompted, looks, freed } = opened()
  await prompted.mask(picture(1), sides, {})
  await prompted.mask(picture(1), sides, { points: [{ x: 1, y: 1 }, { x: 5, y: 2, label: 0 }] })
  assert.deepEqual([looks(), freed()], [1, 0])
  await prompted.mask(picture(2), sides, {})
  assert.deepEqual([looks(), freed()], [2, 1])
})

test('places that are none are refused', async () => {
  const box = { x: 0, y: 0, width: 1, height: 1 }
  await assert.rejects(opened({ ...described, boxes: null }).prompted.mask(picture(1), sides, { boxes: [box] }), /takes points, and no boxes/)
  await assert.rejects(opened().prompted.mask(picture(1), sides, { boxes: [box, box] }), /There are 2 boxes/)
  await assert.rejects(opened().prompted.mask(picture(1), sides, { points: [{ x: NaN, y: 1 }] }), /no x and y/)
})
