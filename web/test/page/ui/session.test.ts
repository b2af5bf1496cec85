/** Stopping a long batch: what is done is kept, what was left out is said, and no error is reported. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallOptions, Manifest, Model, Outputs, Result } from '../../../src/shared/api.js'
import { PictureQueue } from '../../../src/tasks/image/page/queue.js'
import { Session } from '../../../src/page/ui/session.js'
import { predictTable, readTable } from '../../../src/tasks/tabular/page/table.js'

const COLUMNS = [{ name: 'a', input: 'x', index: 0, type: 'number' as const }]
const MANIFEST = {
  inputs: [{ name: 'x', type: 'float32', shape: [1, 1] }], outputs: [{ name: 'y', type: 'float32', shape: [1, 1] }],
  task: 'tabular-regression', tabular: { columns: COLUMNS, values: 'y' },
} as unknown as Manifest

/** Answers `quick` calls at once; the next one lasts until it is aborted. */
class SlowModel {
  constructor(private quick: number, private readonly onSlow: () => void) {}

  private answer<T>(value: T, signal?: AbortSignal): Promise<T> {
    if (this.quick-- > 0) return Promise.resolve(value)
    setTimeout(this.onSlow)
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('The call was stopped.'))))
  }

  run(_: unknown, { signal }: CallOptions = {}): Promise<Outputs> {
    return this.answer({ y: { type: 'float32', dims: [1, 1], data: Float32Array.of(1) } }, signal)
  }

  predict(_: unknown, { signal }: CallOptions = {}): Promise<Result> {
    return this.answer({ task: 'classification', labels: [{ label: 'cat', score: 1 }], milliseconds: 1 }, signal)
  }
}

function sessionOf(model: SlowModel | null): { session: Session; events: string[] } {
  const events: string[] = []
  const host = { dispatchEvent: (event: Event) => events.push(event.type) } as unknown as HTMLElement
  const session = new Session(host, () => undefined)
  if (model) session.model = model as unknown as Model
  return { session, events }
}

test('a stopped table keeps its rows', async () => {
  const stopper = new AbortController()
  const { session, events } = sessionOf(new SlowModel(2, () => stopper.abort()))
  const predicted = await predictTable(readTable('a\n1\n2\n3\n4\n5\n', COLUMNS), MANIFEST, session, () => undefined, stopper.signal)
  assert.deepEqual([predicted.rows.length, predicted.left], [2, 3])
  assert.deepEqual(events, ['edge-result', 'edge-result'])
})

test('stopped pictures are told from failed ones', async () => {
  const { session, events } = sessionOf(null)
  const queue = new PictureQueue(() => undefined)
  const stopped = new Promise<void>((done) => {
    session.model = new SlowModel(1, () => { queue.stop(); setTimeout(done) }) as unknown as Model
  })
  queue.useFiles(['a', 'b', 'c'].map((text) => new Blob([text], { type: 'image/png' })), 'picture', session)
  await stopped
  assert.deepEqual(queue.items.map(({ state }) => state), ['done', 'stopped', 'stopped'])
  assert.deepEqual([queue.busy, queue.done, queue.items[1]?.failure], [false, 1, null])
  assert.deepEqual(events, ['edge-result'])
})

test('waiting for the model can be stopped too', async () => {
  const stopper = new AbortController()
  const waiting = sessionOf(null).session.ready(stopper.signal)
  stopper.abort()
  await assert.rejects(waiting, { name: 'AbortError' })
})
