/** Owns the compute worker: starts it, queues calls, and replaces it when it dies or a call is aborted. */
import type { Backend, Outputs, Phase, Result } from '../shared/api.js'
import { EdgewebError, type ErrorCode } from '../shared/errors.js'
import type { Manifest } from '../shared/manifest.gen.js'
import { toRecord, type FromWorker, type Payload, type PlainError } from '../shared/protocol.js'
import type { Launch } from './launch.js'

export type Answer = { outputs: Outputs } | { result: Result }

interface Call {
  id: number
  payload: Payload
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
  cleanUp: () => void
}

/** Policies that block a worker or a thread let ONNX Runtime wait for ever; nothing here takes this long. */
const START_DEADLINE_MS = 120_000

export class Client {
  private launch: Launch | undefined
  private launches = 0
  private started: Promise<Backend> | undefined
  private failStart: ((error: Error) => void) | undefined
  private readonly queue: Call[] = []
  private active: Call | undefined
  private nextId = 1
  private closed = false

  /** @param newLaunch begins a worker; `again` says that the one before is gone. */
  constructor(
    private readonly newLaunch: (again: boolean) => Launch,
    private readonly manifest: Manifest,
    private readonly onPhase: (phase: Phase) => void,
  ) {}

  /** The running worker's backend; starts one when there is none. */
  start(): Promise<Backend> {
    if (this.closed) return Promise.reject(closedError())
    this.started ??= this.begin()
    return this.started
  }

  /** Run one call after those before it. Aborting it frees the device at once: the worker is replaced. */
  call(payload: Payload, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw closedError()
      if (signal?.aborted) throw abortError()
      const onAbort = (): void => this.abort(call)
      const cleanUp = (): void => signal?.removeEventListener('abort', onAbort)
      const call: Call = { id: this.nextId++, payload, resolve, reject, cleanUp }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.queue.push(call)
      void this.pump()
    })
  }

  close(reason: EdgewebError = closedError()): void {
    this.closed = true
    this.discard(reason)
    for (const call of this.queue.splice(0)) this.settle(call, reason)
  }

  private begin(): Promise<Backend> {
    const launch = this.newLaunch(this.launches++ > 0)
    this.launch = launch
    let deadline: ReturnType<typeof setTimeout> | undefined
    const ready = new Promise<Backend>((resolve, reject) => {
      this.failStart = reject
      launch.worker.onmessage = ({ data }: MessageEvent<FromWorker>): void => {
        if (data.type === 'ready') resolve(data.backend)
        else if (data.type === 'start-failed') reject(revive(data.error))
        else this.receive(data)
      }
      launch.worker.onerror = (event): void => {
        event.preventDefault()
        const cause = event.message ? ` (${event.message})` : ''
        this.died(launch, new EdgewebError('worker-died', `The part of the page that runs the model stopped${cause}.`, 'Try again; close other tabs if it stays.'))
      }
      const { runtime, model } = launch.downloads
      Promise.all([runtime, model]).then(([, shards]) => {
        launch.post({ type: 'start', manifest: this.manifest, variant: 0, model: shards }, shards.map((shard) => shard.buffer))
        deadline = setTimeout(() => reject(new EdgewebError('timeout', 'The model did not start in time.', 'Reload the page, or try another browser.')), START_DEADLINE_MS)
      }, reject)
    })
    ready.catch((error: unknown) => this.died(launch, toError(error))).finally(() => clearTimeout(deadline))
    return ready
  }

  private async pump(): Promise<void> {
    if (this.active !== undefined || this.queue.length === 0) return
    const call = this.queue.shift()
    this.active = call
    if (call === undefined) return
    try {
      await this.start()
    } catch (error) {
      this.finish(call, toError(error))
      return
    }
    if (this.active !== call || this.launch === undefined) return
    try {
      this.launch.post({ type: 'call', id: call.id, payload: call.payload }, transferOf(call.payload))
    } catch (error) {
      this.finish(call, new EdgewebError('input', 'This input cannot be handed to the model.', 'Use plain typed arrays, pictures, text or rows.', { cause: error }))
    }
  }

  private receive(message: FromWorker): void {
    if (message.type === 'phase') return this.onPhase(message.phase)
    const call = this.active
    if (call === undefined || !('id' in message) || message.id !== call.id) return
    if (message.type === 'outputs') this.finish(call, { outputs: toRecord(message.outputs) })
    else if (message.type === 'result') this.finish(call, { result: message.result })
    else {
      const error = revive(message.error)
      // After running out of memory the runtime's state is not to be trusted.
      if (error.code === 'memory') this.discard(error)
      this.finish(call, error)
    }
  }

  private abort(call: Call): void {
    const waiting = this.queue.indexOf(call)
    if (waiting >= 0) {
      this.queue.splice(waiting, 1)
      this.settle(call, abortError())
    } else if (this.active === call) {
      this.active = undefined
      this.settle(call, abortError())
      this.discard(abortError())
      void this.pump()
    }
  }

  private died(launch: Launch, error: Error): void {
    if (launch !== this.launch) return
    const call = this.active
    this.discard(error)
    if (call !== undefined && this.active === call) this.finish(call, error)
  }

  /** Drop the worker; the next call starts a new one. */
  private discard(error: Error): void {
    const { launch, failStart } = this
    this.launch = undefined
    this.started = undefined
    this.failStart = undefined
    failStart?.(error)
    launch?.cancel(error)
    if (this.closed && this.active !== undefined) this.finish(this.active, error)
  }

  private finish(call: Call, outcome: Answer | Error): void {
    if (this.active === call) this.active = undefined
    this.settle(call, outcome)
    void this.pump()
  }

  private settle(call: Call, outcome: Answer | Error): void {
    call.cleanUp()
    if (outcome instanceof Error) call.reject(outcome)
    else call.resolve(outcome)
  }
}

function transferOf(payload: Payload): Transferable[] {
  return payload.kind === 'image' && payload.moved === true && payload.image instanceof ImageBitmap ? [payload.image] : []
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function revive({ code, message, hint }: PlainError): EdgewebError {
  return new EdgewebError(code satisfies ErrorCode, message, hint)
}

function abortError(): EdgewebError {
  return new EdgewebError('aborted', 'The call was stopped.', 'Start it again when you need it.')
}

function closedError(): EdgewebError {
  return new EdgewebError('closed', 'The model was closed.', 'Call load() again.')
}
