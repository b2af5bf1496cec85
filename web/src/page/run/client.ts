/** Queues calls for the compute worker, and repeats one call once on a new, more modest worker when the first dies under it. */
import { ours } from './frame.js'
import type { Backend, Outputs, Phase, Result, TextProgress } from '../../shared/api.js'
import { EdgewebError, type ErrorCode } from '../../shared/errors.js'
import { toRecord, type FromWorker, type Payload } from '../../shared/protocol.js'
import { Process, revive, type Starter } from './process.js'
import { Trapped } from './trap.js'

export type Answer = { outputs: Outputs } | { result: Result }

interface Call {
  id: number
  /** Makes the payload: what is moved to a worker that dies is gone. */
  payload: () => Promise<Payload>
  retried: boolean
  /** The whole runtime was taken for it. */
  whole: boolean
  writing: Writing | undefined
  onPart: ((done: number, of: number) => void) | undefined
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
  cleanUp: () => void
}

/** Of a text that is written token by token: the worker can end it, and need not be replaced. */
export interface Writing {
  onText?: (progress: TextProgress) => void
}

/** After these a worker is not to be trusted, and another may fare better. */
const FATAL = new Set<ErrorCode>(['memory', 'worker-died', 'timeout'])

/** After these a form of the model does not suit the device. */
const MISFITS = new Set<ErrorCode>(['parity', 'runtime'])

export class Client {
  private process: Process | undefined
  /** Under way for all who wait for the same start. */
  private recovery: Promise<boolean> | undefined
  private readonly queue: Call[] = []
  private active: Call | undefined
  private nextId = 1
  private modest = false
  private closed = false
  /** What the worker runs, or ran last. */
  backend: Backend | undefined
  /** Resolves when every answer is the whole model's; rejects when better weights than a draft's did not come. */
  readonly upgraded: Promise<Backend>
  private upgrades: (backend: Backend) => void = () => undefined
  private staysDraft: (error: Error) => void = () => undefined

  /** @param starter begins workers; modest ones have one thread, the smallest variant and no GPU. */
  constructor(
    private readonly starter: Starter,
    private readonly onPhase: (phase: Phase) => void,
  ) {
    this.upgraded = new Promise((resolve, reject) => {
      this.upgrades = resolve
      this.staysDraft = reject
    })
    this.upgraded.catch(() => undefined)
  }

  /** The running worker's backend; starts one when there is none. */
  async start(): Promise<Backend> {
    if (this.closed) throw closedError()
    const process = this.running()
    try {
      return await process.ready
    } catch (error) {
      this.recovery ??= this.recover(error).finally(() => (this.recovery = undefined))
      if (!(await this.recovery)) throw error
      return this.start()
    }
  }

  /** Whether a start that failed is worth another: a more modest one, or of the next form of the model. */
  private async recover(error: unknown): Promise<boolean> {
    if (error instanceof Trapped) return !this.closed && this.starter.useWhole()
    if (error instanceof EdgewebError && error.code === 'network' && !this.closed && this.starter.useFewer()) return true
    if (this.mayBeModest(error)) return (this.modest = true)
    return !this.closed && error instanceof EdgewebError && MISFITS.has(error.code) && this.starter.stepDown(error.message)
  }

  /** Run one call after those before it. Aborting it frees the device at once: the worker is replaced, or ends what it was `writing`. */
  call(payload: () => Promise<Payload>, signal?: AbortSignal, writing?: Writing, onPart?: Call['onPart']): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw closedError()
      if (signal?.aborted) throw abortError()
      const onAbort = (): void => this.abort(call)
      const cleanUp = (): void => signal?.removeEventListener('abort', onAbort)
      const call: Call = { id: this.nextId++, payload, retried: false, whole: false, writing, onPart, resolve, reject, cleanUp }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.queue.push(call)
      void this.pump()
    })
  }

  close(reason: EdgewebError = closedError()): void {
    this.closed = true
    this.staysDraft(reason)
    this.discard(reason)
    for (const call of [...(this.active ? [this.active] : []), ...this.queue.splice(0)]) this.settle(call, reason)
    this.active = undefined
  }

  private running(): Process {
    if (this.process !== undefined) return this.process
    const made = new Process(this.starter, this.modest, (message) => this.receive(message), (error) => this.died(made, error))
    this.process = made
    made.ready.then((backend) => (this.backend = backend), () => undefined)
    made.upgraded.then((backend) => this.upgrades((this.backend = backend)), (error: Error) => this.stays(made, error))
    return made
  }

  /** A draft whose better weights did not come goes on. If its worker ended before they could, another one tries; one that never started is start()'s matter. */
  private stays(process: Process, error: Error): void {
    if (!process.isReady || this.closed) return
    if (process === this.process) {
      this.starter.gaveUp = true
      return this.staysDraft(error)
    }
    if (error instanceof Trapped) this.starter.useWhole()
    else if (!(error instanceof EdgewebError) || error.code !== 'aborted') this.modest = true
    this.start().catch((reason: Error) => this.staysDraft(reason))
  }

  private async pump(): Promise<void> {
    if (this.active !== undefined) return
    const call = this.queue.shift()
    if (call === undefined) return
    this.active = call
    try {
      const payload = await call.payload()
      await this.start()
      if (this.active === call) this.running().post({ type: 'call', id: call.id, payload, told: call.writing?.onText !== undefined }, transferOf(payload))
    } catch (error) {
      this.finish(call, unclonable(error))
    }
  }

  private receive(message: FromWorker): void {
    if (message.type === 'phase') return this.onPhase(message.phase)
    const call = this.active
    if (call === undefined || !('id' in message) || message.id !== call.id) return
    if (message.type === 'part') this.tell(call, 'onPart', () => call.onPart?.(message.done, message.of))
    else if (message.type === 'outputs') this.finish(call, { outputs: toRecord(ours(message.outputs)) })
    else if (message.type === 'written') this.tell(call, 'onText', () => call.writing?.onText?.(message.progress))
    else if (message.type === 'result') this.finish(call, { result: ours(message.result) })
    else if (message.error.code === 'memory') this.process?.fail(revive(message.error))
    else this.finish(call, revive(message.error))
  }

  /** Once more with the whole runtime, or with one thread and the smallest variant; then the caller hears of it. The page itself is never at risk. */
  private died(process: Process, error: Error): void {
    if (process !== this.process) return
    const wasReady = process.isReady
    this.discard(error)
    const call = this.active
    // A failed start is start()'s own matter.
    if (!wasReady) return
    const whole = error instanceof Trapped && this.starter.useWhole()
    if (call === undefined) return
    if (whole) call.whole = true
    else {
      this.modest = true
      if (call.retried) return this.finish(call, error)
      call.retried = true
    }
    this.active = undefined
    this.queue.unshift(call)
    void this.pump()
  }

  private mayBeModest(error: unknown): boolean {
    return !this.closed && !this.modest && error instanceof EdgewebError && FATAL.has(error.code) && this.starter.hasModest
  }

  /** What the caller's own function throws ends the call, and nothing else. */
  private tell(call: Call, name: string, function_: () => void): void {
    try {
      function_()
    } catch (error) {
      this.abort(call, new EdgewebError('input', `${name} failed: ${error instanceof Error ? error.message : String(error)}.`, 'Correct the function.', { cause: error }))
    }
  }

  private abort(call: Call, reason: EdgewebError = abortError()): void {
    const waiting = this.queue.indexOf(call)
    if (waiting >= 0) this.queue.splice(waiting, 1)
    else if (this.active !== call) return
    else {
      this.active = undefined
      if (call.writing === undefined) this.discard(reason)
      else this.process?.post({ type: 'stop', id: call.id })
    }
    this.settle(call, reason)
    void this.pump()
  }

  /** Drop the worker; the next call starts a new one. */
  private discard(error: Error): void {
    const { process } = this
    this.process = undefined
    process?.end(error)
  }

  private finish(call: Call, outcome: Answer | Error): void {
    if (this.active !== call) return
    this.active = undefined
    if (call.whole && outcome instanceof Error) this.starter.wholeFailed()
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
  const image = payload.kind === 'image' ? payload.image : payload.kind === 'parts' ? payload.parts.image : undefined
  return image instanceof ImageBitmap && (payload as { moved?: boolean }).moved === true ? [image] : []
}

function unclonable(error: unknown): Error {
  if (error instanceof EdgewebError) return error
  return new EdgewebError('input', 'This input cannot be handed to the model.', 'Use plain typed arrays, pictures, text or rows.', { cause: error })
}

function abortError(): EdgewebError {
  return new EdgewebError('aborted', 'The call was stopped.', 'Start it again when you need it.')
}

function closedError(): EdgewebError {
  return new EdgewebError('closed', 'The model was closed.', 'Call load() again.')
}
