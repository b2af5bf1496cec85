/** One Python worker from its start to its end: boots it, holds every call against a deadline, and notices when it dies. */
import { watch } from '../../shared/alive.js'
import type { PlainError } from '../../shared/protocol.js'
import { EdgewebError } from '../../shared/errors.js'
import type { BootPython, FromPython, NamedTensor, PythonCall, ToPython } from '../../shared/python.js'
import { sealedWorker, type Sealed } from '../run/frame.js'
import { revive } from '../run/process.js'

export type Answered = Extract<FromPython, { type: 'feeds' | 'result' | 'done' }>

/** What a hook asks of the page while it runs. */
export type RunModel = (model: string, feeds: NamedTensor[]) => Promise<NamedTensor[]>

export interface PythonParts {
  script: Uint8Array<ArrayBuffer>
  glue: Uint8Array<ArrayBuffer>
  boot: Omit<BootPython, 'type' | 'glue' | 'alive'>
}

/** Compiling is over by then; a slow phone imports a library for this long. */
const BOOT_MS = 60_000

interface Call {
  id: number
  resolve: (answer: Answered) => void
  reject: (error: Error) => void
}

export class Interpreter {
  readonly ready: Promise<void>
  private readonly sealed: Sealed
  private readonly ended = new AbortController()
  private timer: ReturnType<typeof setTimeout> | undefined
  private call: Call | undefined
  private calls = 0
  /** Models that a hook waits for: that time is not its own. */
  private running = 0
  private started: { resolve: () => void; reject: (error: Error) => void } | undefined

  /** @param seconds how long a hook may work before it is stopped. */
  constructor(
    { script, glue, boot }: PythonParts,
    private readonly seconds: number,
    private readonly runModel: RunModel,
    private readonly library: () => Promise<Uint8Array<ArrayBuffer>>,
    private readonly onDeath: () => void,
  ) {
    this.sealed = sealedWorker(script, glue, 'edgeweb-python')
    const { worker } = this.sealed
    const alive = `edgeweb python ${crypto.getRandomValues(new Uint32Array(4)).join('-')}`
    this.ready = new Promise<void>((resolve, reject) => { this.started = { resolve, reject } })
    this.ready.catch(() => undefined)
    worker.onerror = (event) => {
      event.preventDefault()
      this.end(stopped(event.message))
    }
    worker.onmessage = ({ data }: MessageEvent<FromPython>): void => this.receive(data, alive)
    this.watchBoot()
    this.post({ type: 'boot', ...boot, glue: this.sealed.glue, alive })
  }

  /** One call at a time: whoever asks waits for the one before. */
  async ask(call: PythonCall): Promise<Answered> {
    await this.ready
    return new Promise((resolve, reject) => {
      if (this.ended.signal.aborted) return reject(stopped())
      this.call = { id: ++this.calls, resolve, reject }
      this.watchClock()
      this.post({ type: 'call', id: this.call.id, call }, moved(call))
    })
  }

  end(error: Error): void {
    if (this.ended.signal.aborted) return
    this.ended.abort()
    clearTimeout(this.timer)
    this.sealed.dispose()
    this.started?.reject(error)
    this.call?.reject(error)
    this.onDeath()
  }

  private receive(message: FromPython, alive: string): void {
    switch (message.type) {
      case 'alive': return watch(alive, this.ended.signal, () => this.end(stopped()))
      case 'ready':
        clearTimeout(this.timer)
        return this.started?.resolve()
      case 'start-failed': return this.end(revive(message.error))
      case 'library': return void this.complete()
      case 'run': return void this.answer(message)
      case 'failed': return this.failed(message.error, message.id, message.fatal)
      default: return this.settle(message.id, ({ resolve }) => resolve(message))
    }
  }

  private failed(error: PlainError, id: number, fatal: boolean): void {
    this.settle(id, ({ reject }) => reject(revive(error)))
    if (fatal) this.end(revive(error))
  }

  private settle(id: number, how: (call: Call) => void): void {
    const { call } = this
    if (call?.id !== id) return
    this.call = undefined
    clearTimeout(this.timer)
    how(call)
  }

  private async answer({ id, model, feeds }: Extract<FromPython, { type: 'run' }>): Promise<void> {
    this.running++
    clearTimeout(this.timer)
    try {
      this.post({ type: 'ran', id, outputs: await this.runModel(model, feeds) })
    } catch (error) {
      const { code, message, hint } = error instanceof EdgewebError ? error : new EdgewebError('runtime', String(error), 'Try again.')
      this.post({ type: 'not-run', id, error: { code, message, hint } })
    } finally {
      this.running--
      if (this.call !== undefined) this.watchClock()
    }
  }

  private async complete(): Promise<void> {
    this.running++
    clearTimeout(this.timer)
    const bytes = await this.library().catch(() => null)
    this.post({ type: 'library', bytes })
    this.running--
    if (this.call !== undefined) this.watchClock()
    else this.watchBoot()
  }

  private watchBoot(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.end(new EdgewebError('timeout', 'Python did not start in time.', 'Reload the page, or try another browser.')), BOOT_MS)
  }

  private watchClock(): void {
    clearTimeout(this.timer)
    if (this.running > 0 || this.ended.signal.aborted) return
    this.timer = setTimeout(() => this.end(new EdgewebError('hook', `The site's Python worked for more than ${this.seconds} s and was stopped.`, 'Try a smaller input; the next call starts it anew.')), this.seconds * 1000)
  }

  private post(message: ToPython, transfer: Transferable[] = []): void {
    if (!this.ended.signal.aborted) this.sealed.worker.postMessage(message, transfer)
  }
}

function moved(call: PythonCall): Transferable[] {
  if (call.function !== 'preprocess') return []
  const { value } = call
  if (value.kind === 'image') return value.image instanceof ImageBitmap ? [value.image] : []
  return value.kind === 'file' ? [value.bytes.buffer] : value.kind === 'audio' ? [value.samples.buffer] : []
}

function stopped(why = ''): EdgewebError {
  return new EdgewebError('worker-died', `The part of the page that runs Python stopped${why ? ` (${why})` : ''}.`, 'Try again; close other tabs if it stays.')
}
