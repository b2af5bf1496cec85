/** How a decoder reads: a long beginning in pieces, a conversation from where it was, and nothing is kept that nobody needs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorLike } from '../../../src/shared/api.js'
import type { Fed, Held, Kept } from '../../../src/worker/engine.js'
import { Decoder } from '../../../src/worker/language/steps.js'
import type { Runs } from '../../../src/worker/reader.js'

const described = {
  model: null, output: 'logits',
  inputs: { ids: 'ids', mask: 'mask', type: 'int64' as const, state: [{ input: 'past', output: 'present', type: 'float32' as const, dims: [1, 0] }] },
}

/** Its state is so many numbers as it has read; its score is the last id. */
class Reading implements Runs {
  alive = 0
  readonly spent = 0
  readonly asked: [ids: number, known: number, mask: number][] = []

  constructor(private readonly failing = Infinity) {}

  hold(feeds: Fed, keep: ReadonlySet<string>): Promise<Kept> {
    const ids = feeds.get('ids') as TensorLike
    const known = feeds.get('past')?.dims[1] ?? NaN
    const count = ids.dims[1] ?? NaN
    this.asked.push([count, known, feeds.get('mask')?.dims[1] ?? NaN])
    if (this.asked.length === this.failing) return Promise.reject(new Error('no memory'))
    assert.deepEqual([...keep], ['present'])
    this.alive++
    const held: Held = { type: 'float32', dims: [1, known + count], read: () => Promise.reject(new Error('not read')), free: () => void this.alive-- }
    return Promise.resolve({ held: new Map([['present', held]]), outputs: new Map([['logits', { type: 'float32', dims: [1, 1, 1], data: Float32Array.of(Number(ids.data.at(-1))) }]]) })
  }

  infer = (): never => assert.fail('never asked')
  small = this.infer
  read = this.infer
}

const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

test('a long beginning is read in pieces, each after the ones before', async () => {
  const runs = new Reading()
  const { row, scores } = await new Decoder(described, runs).begin(counted(1100))
  assert.deepEqual(runs.asked, [[512, 0, 512], [512, 512, 1024], [76, 1024, 1100]])
  assert.deepEqual([row.ids.length, scores[0], runs.alive], [1100, 1099, 1])
  row.free()
  assert.equal(runs.alive, 0)
})

test('a conversation goes on from where it was', async () => {
  const runs = new Reading()
  const decoder = new Decoder(described, runs)
  const first = await decoder.begin(counted(3))
  decoder.keep((await decoder.next(first.row, 3)).row)
  first.row.free()
  const again = await decoder.begin(counted(6))
  assert.deepEqual(runs.asked, [[3, 0, 3], [1, 3, 4], [2, 4, 6]])
  decoder.keep(again.row)
  const other = await decoder.begin([7, 8])
  assert.deepEqual([runs.asked.at(-1), runs.alive], [[2, 0, 2], 1])
  other.row.free()
  assert.equal(runs.alive, 0)
})

test('a piece that fails leaves nothing behind', async () => {
  const runs = new Reading(2)
  await assert.rejects(new Decoder(described, runs).begin(counted(600)), /no memory/)
  assert.equal(runs.alive, 0)
})

test('a model that keeps nothing, or has a branch of its own for what was kept, reads all of it at once', async () => {
  for (const more of [{ state: [] }, { branch: 'cached' }]) {
    const runs = new Reading()
    runs.hold = (feeds: Fed): Promise<Kept> => {
      runs.asked.push([feeds.get('ids')?.dims[1] ?? NaN, 0, 0])
      const held: Held = { type: 'float32', dims: [1, 1], read: () => Promise.reject(new Error('not read')), free: () => undefined }
      return Promise.resolve({ held: new Map([['present', held]]), outputs: new Map([['logits', { type: 'float32', dims: [1, 1, 1], data: Float32Array.of(1) }]]) })
    }
    await new Decoder({ ...described, inputs: { ...described.inputs, ...more } }, runs).begin(counted(600))
    assert.deepEqual(runs.asked, [[600, 0, 0]])
  }
})
