/** The compute worker: receives bytes and inputs, answers with outputs; it has no need of the network. */
import { hold } from '../shared/alive.js'
import { EdgewebError } from '../shared/errors.js'
import type { FromWorker, PlainError, Start, ToWorker } from '../shared/protocol.js'
import type { TensorLike, TextProgress } from '../shared/api.js'
import { configure, initialise, onDeviceLost } from './engine.js'
import { ModelFile } from './weights/file.js'
import { Pipeline } from './pipeline.js'
import { allowThreads } from './quarantine.js'
import type { Script } from './reader.js'
import { imported } from './script.js'
import { isTrapped, watch } from './trap.js'

declare const self: DedicatedWorkerGlobalScope

const WARM_AFTER_MS = 100

let threads = 1

allowThreads()
let runtime: Promise<void> | undefined
let restores = false
let started = false
/** When the page can notice that this worker dies. */
let alive: Promise<void> | undefined
let pipeline: Promise<Pipeline> | undefined
const model = new ModelFile()
/** The further models that run beside it, by name. */
const beside = new Map<string, ModelFile>()
/** Of the kinds whose code comes apart, once it is there. */
let script: Promise<Script> | undefined
/** Calls whose text nobody waits for any more. */
const stopped = new Set<number>()

self.onmessage = ({ data }: MessageEvent<ToWorker>): void => {
  switch (data.type) {
    case 'prepare':
      threads = data.threads
      alive = hold(data.alive, () => send({ type: 'alive' }))
      return configure(data.glue, data.threads)
    case 'runtime':
      restores = data.restores
      runtime = settled().then(() => initialise(data.module, started || restores, (imports) => data.flag !== null && share(watch(imports, data.flag, restores))))
      // Reported when the model arrives and waits for it.
      return void runtime.catch(() => undefined)
    case 'shard':
      return fileOf(data.model).add(data)
    case 'script':
      script = imported(data)
      return void script.catch(() => undefined)
    case 'stop':
      return void stopped.add(data.id)
    case 'start':
      started = true
      return void start(data)
    case 'upgrade':
      return void upgrade()
    case 'call':
      return void answer(data).catch((error: unknown) => send({ type: 'call-failed', id: data.id, error: plain(error) }))
  }
}

/** Only a page that is isolated may have it, and only there are threads. Elsewhere WebKit lacks the very name. */
function share(buffer: ArrayBufferLike | undefined): void {
  if (!crossOriginIsolated || typeof SharedArrayBuffer === 'undefined' || !(buffer instanceof SharedArrayBuffer)) return
  try {
    send({ type: 'memory', buffer })
  } catch {
    // Then a thread's trap ends in the deadline of whoever waits.
  }
}

function fileOf(name: string | null): ModelFile {
  if (name === null) return model
  const found = beside.get(name) ?? new ModelFile()
  beside.set(name, found)
  return found
}

/** After the messages that have already arrived. */
function settled(): Promise<void> {
  return new Promise((done) => setTimeout(done))
}

async function start(message: Start): Promise<void> {
  try {
    send({ type: 'phase', phase: 'start' })
    await runtime
    const file = restores ? undefined : await (message.draft ? model.draft() : model.complete())
    pipeline = Pipeline.start(file, (name) => fileOf(name).complete(), message, threads, () => send({ type: 'phase', phase: 'verify' }), await script)
    const running = await pipeline
    await alive
    send({ type: 'ready', backend: running.backend })
    if (running.backend.name === 'webgpu') void onDeviceLost((reason) => send({ type: 'lost', error: plain(new EdgewebError('worker-died', `The graphics processor was lost (${reason}).`, 'Try again.')) }))
    // Behind a call that is already waiting, ahead of the visitor's first picture.
    setTimeout(() => void running.warm(), WARM_AFTER_MS)
  } catch (error) {
    send({ type: 'start-failed', error: plain(error) })
  }
}

async function upgrade(): Promise<void> {
  try {
    const running = await pipeline
    const bytes = await model.complete()
    if (running !== undefined) send({ type: 'upgraded', backend: await running.upgrade(bytes) })
  } catch (error) {
    send({ type: 'upgrade-failed', error: plain(error) })
  }
}

async function answer({ id, payload, told }: Extract<ToWorker, { type: 'call' }>): Promise<void> {
  const started = await pipeline
  if (started === undefined) throw new EdgewebError('closed', 'The model is not started.', 'Call load() first.')
  if (payload.kind === 'run' || payload.kind === 'raw') {
    const outputs = [...(await (payload.kind === 'run' ? started.run(payload.feeds) : started.raw(payload.input)))]
    send({ type: 'outputs', id, outputs }, buffers(outputs.map(([, tensor]) => tensor)))
  } else {
    const calling = {
      ...(told && { onText: (progress: TextProgress) => send({ type: 'written', id, progress }) }), onPart: (done: number, of: number) => send({ type: 'part', id, done, of }), stopped: () => stopped.has(id),
    }
    const result = await started.predict(payload, calling).finally(() => stopped.delete(id))
    send({ type: 'result', id, result })
  }
}

/** The buffers that can be moved instead of copied, each once. */
function buffers(tensors: TensorLike[]): ArrayBuffer[] {
  const found = tensors.flatMap(({ data }) => (Array.isArray(data) || !(data.buffer instanceof ArrayBuffer) ? [] : [data.buffer]))
  return [...new Set(found)]
}

function plain(error: unknown): PlainError {
  if (error instanceof EdgewebError) return { code: error.code, message: error.message, hint: error.hint }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'runtime', message: `The model could not be run: ${message}`, hint: 'Reload the page and try again.' }
}

/** After a trap no answer counts, and no failure is the input's fault. */
function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  if (isTrapped()) self.postMessage({ type: 'trapped' } satisfies FromWorker)
  else self.postMessage(message, transfer)
}
