/** What a model keeps while it writes about what another has read: computed once, fed on, and freed whatever happens. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorLike } from '../../../src/shared/api.js'
import type { Writer } from '../../../src/shared/manifest.gen.js'
import { Crossed } from '../../../src/worker/language/crossing.js'
import type { Fed, Held, Kept } from '../../../src/worker/engine.js'
import { generate } from '../../../src/worker/language/generate.js'
import type { Job } from '../../../src/worker/language/job.js'
import type { Runs } from '../../../src/worker/reader.js'

const WORDS = 12
const described: Writer = {
  model: 'decoder', output: 'logits', crossing: [{ input: 'states', output: 'read' }, { input: 'mask' }], start: [1], stops: [0],
  inputs: {
    ids: 'ids', type: 'int64', branch: 'cached', state: [
      { input: 'past.own', output: 'present.own', type: 'float32', dims: [1, 0, 2] },
      { input: 'past.read', output: 'present.read', type: 'float32', dims: [1, 0, 2], once: true },
    ],
  },
}

/** A decoder whose scores turn with its tokens; it counts what is kept and not freed, and fails at the run that it is told. */
class Counting implements Runs {
  alive = 0
  runs = 0
  readonly spent = 0
  /** How often what is read was made, and the ids of each run. */
  readonly begun: number[] = []

  constructor(private readonly fails = Infinity) {}

  hold(feeds: Fed, keep: ReadonlySet<string>): Promise<Kept> {
    if (++this.runs === this.fails) return Promise.reject(new Error('no memory'))
    const { data } = feeds.get('ids') as TensorLike
    const cached = (feeds.get('cached') as TensorLike).data[0] === 1
    assert.deepEqual([...keep].sort(), cached ? ['present.own'] : ['present.own', 'present.read'])
    if (cached) for (const name of ['past.own', 'past.read']) assert.ok('free' in (feeds.get(name) ?? {}), `${name} is not what was kept`)
    assert.ok(feeds.has('states') && feeds.has('mask'))
    this.begun.push(...(cached ? [] : [data.length]))
    if (cached) assert.equal(data.length, 1)
    const last = Number(data.at(-1))
    const logits: TensorLike = { type: 'float32', dims: [1, 1, WORDS], data: Float32Array.from({ length: WORDS }, (_, i) => (i === 0 ? -9 : ((i * 7 + last * 5) % 11) / 3)) }
    return Promise.resolve({ outputs: new Map([['logits', logits]]), held: new Map([...keep].map((name) => [name, this.made()])) })
  }

  private made(): Held {
    this.alive++
    let freed = false
    const free = (): void => {
      assert.ok(!freed, 'freed twice')
      freed = true
      this.alive--
    }
    return { type: 'float32', dims: [1, 1, 2], read: () => Promise.reject(new Error('nobody copies it')), free }
  }

  infer = (): never => assert.fail()
  small = (): never => assert.fail()
  read = (): never => assert.fail()
}

function job(beams: number, more: Partial<Job> = {}): Job {
  return {
    prompt: [1], base: 0, beams, seed: 1, lengthPenalty: 1, earlyStopping: false, choice: { temperature: 0, topK: 0, topP: 1, minP: 0 },
    rules: {
      repetitionPenalty: 1, noRepeatNgrams: 0, banned: [], stops: [0], minLength: 0, minTokens: 0, forced: [], forcedEnd: undefined, length: 9, suppress: [], suppressFirst: [],
    },
    wrote: () => undefined, ended: () => false, stopped: () => false, ...more,
  }
}

const read = new Map<string, TensorLike>([['read', { type: 'float32', dims: [1, 5, 2], data: new Float32Array(10) }]])

for (const beams of [1, 3]) {
  test(`with ${beams === 1 ? 'one beginning' : 'several beginnings'} what was read is taken in once, and all is freed`, async () => {
    const runs = new Counting()
    const { ids } = await generate(new Crossed(described, runs, read, 5), job(beams))
    assert.equal(ids.length, 8)
    assert.deepEqual([runs.begun, runs.alive], [[1], 0])
  })

  test(`with ${beams === 1 ? 'one beginning' : 'several beginnings'} all is freed as well where a run fails, or the visitor stops`, async () => {
    for (let fails = 1; fails <= 5; fails++) {
      const runs = new Counting(fails)
      await assert.rejects(generate(new Crossed(described, runs, read, 5), job(beams)), /no memory/)
      assert.equal(runs.alive, 0)
    }
    const runs = new Counting()
    await generate(new Crossed(described, runs, read, 5), job(beams, { stopped: () => runs.runs > 4 }))
    assert.equal(runs.alive, 0)
  })
}
