/** Frames that are made one after the other: when they end, what each goes on from, and that all is freed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorLike } from '../../../../src/shared/api.js'
import type { Frames } from '../../../../src/shared/manifest.gen.js'
import type { Fed, Held, Kept, Named } from '../../../../src/worker/engine.js'
import type { Runs } from '../../../../src/worker/reader.js'
import { spoken } from '../../../../src/tasks/speech/worker/frames.js'

const frames: Frames = {
  model: 'decoder', vocoder: 'vocoder', spectrum: 'spectrum', stop: 'prob', spectrogram: 'spectrogram', ratio: 2.5, limit: 100, branch: 'cached',
  crossing: [{ input: 'states', output: 'read' }, { input: 'mask' }],
  sequence: { input: 'frames', output: 'frames_out', type: 'float32', dims: [1, 1, 2] },
  state: [
    { input: 'past.own', output: 'present.own', type: 'float32', dims: [1, 0, 2] },
    { input: 'past.read', output: 'present.read', type: 'float32', dims: [1, 0, 2], once: true },
  ],
}

/** A decoder of two frames a step, whose shares of an end are told it, and a vocoder that gives what it is given. */
class Counting implements Runs {
  alive = 0
  steps = 0
  readonly spent = 0

  constructor(private readonly stops: readonly number[], private readonly fails = Infinity) {}

  hold(feeds: Fed, keep: ReadonlySet<string>, model?: string): Promise<Kept> {
    const held = (): Map<string, Held> => new Map([...keep].map((name) => [name, this.made()]))
    if (model === undefined) return Promise.resolve({ outputs: new Map(), held: held() })
    if (++this.steps === this.fails) return Promise.reject(new Error('no memory'))
    const first = this.steps === 1
    assert.deepEqual([...keep].sort(), first ? ['frames_out', 'present.own', 'present.read'] : ['frames_out', 'present.own'])
    assert.equal((feeds.get('cached') as TensorLike).data[0], first ? 0 : 1)
    assert.deepEqual((feeds.get('mask') as TensorLike).dims, [1, 3])
    for (const name of ['frames', 'past.own', 'past.read']) assert.equal('free' in (feeds.get(name) ?? {}), !first, name)
    const row = (data: number[]): TensorLike => ({ type: 'float32', dims: [2, data.length / 2], data: Float32Array.from(data) })
    const at = 4 * (this.steps - 1)
    return Promise.resolve({ outputs: new Map([['spectrum', row([at, at + 1, at + 2, at + 3])], ['prob', row([this.stops[this.steps - 1] ?? 0, 0.1])]]), held: held() })
  }

  infer(feeds: Named, model?: string): Promise<Named> {
    assert.equal(model, 'vocoder')
    return Promise.resolve(new Map([['waveform', feeds.get('spectrogram') as TensorLike]]))
  }

  private made(): Held {
    this.alive++
    let freed = false
    const free = (): void => {
      assert.ok(!freed, 'freed twice')
      freed = true
      this.alive--
    }
    return { type: 'float32', dims: [1, 3, 2], read: () => Promise.reject(new Error('nobody copies it')), free }
  }

  small = (): never => assert.fail()
  read = (): never => assert.fail()
}

const speak = (runs: Runs, stopped = (): boolean => false): Promise<TensorLike> => spoken(frames, new Map(), runs, stopped)

test('frames end where their shares of an end come to the threshold, and all of them are heard', async () => {
  const runs = new Counting([0, 0.3, 0.4, 0])
  const { dims, data } = await speak(runs)
  assert.deepEqual([dims, [...(data as Float32Array)]], [[6, 2], Array.from({ length: 12 }, (_, i) => i)])
  assert.deepEqual([runs.steps, runs.alive], [3, 0])
})

test('without an end there are so many for each letter, at most', async () => {
  const runs = new Counting([])
  assert.deepEqual((await speak(runs)).dims, [14, 2])
  assert.deepEqual([runs.steps, runs.alive], [7, 0])
})

test('who has heard enough hears what there is, and a failed run leaves nothing behind', async () => {
  const runs = new Counting([])
  assert.deepEqual((await speak(runs, () => runs.steps === 2)).dims, [4, 2])
  assert.equal(runs.alive, 0)
  for (const fails of [1, 2, 3]) {
    const failing = new Counting([], fails)
    await assert.rejects(speak(failing), /no memory/)
    assert.equal(failing.alive, 0)
  }
})
