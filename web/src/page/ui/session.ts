/** One visit's use of a model: inputs wait here until it is ready, times and outcomes are noted for the page. */
import type { Feeds, Model, Outputs, PredictInput, PredictOptions, Result } from '../../shared/api.js'
import { common } from './strings.gen.js'

/** What the page shows of an error: a sentence, what to try, and the code. */
export interface Failure {
  message: string
  hint: string
  code: string
  /** A hook's traceback, where there is one. */
  details?: string | undefined
}

/** Any thrown value as a Failure; an EdgewebError carries the three texts itself. */
export function failure(error: unknown): Failure {
  if (error instanceof Error) {
    const { hint, code, details } = error as Error & { hint?: unknown; code?: unknown; details?: string }
    if (typeof hint === 'string') return { message: error.message, hint, code: String(code), details }
    return { message: error.message || common.another, hint: common.anotherHint, code: 'runtime' }
  }
  return { message: common.another, hint: common.anotherHint, code: 'runtime' }
}

/** An error of the visitor's input, worded for the page. */
export class InputError extends Error {
  override readonly name = 'InputError'
  readonly code = 'input'

  constructor(message: string, readonly hint: string) {
    super(message)
  }
}

export class Session {
  readonly times: number[] = []
  #model: Model | null = null
  #waiting: ((model: Model) => void)[] = []
  readonly #renewals = new Set<() => void>()

  /** `changed` is called when a time was added; events are dispatched from `host`. */
  constructor(private readonly host: HTMLElement, private readonly changed: () => void) {}

  get model(): Model | null {
    return this.#model
  }

  set model(model: Model | null) {
    this.#model = model
    if (!model) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve(model)
  }

  /** The model, as soon as there is one; after a failed load this waits for the next attempt. */
  ready(signal?: AbortSignal): Promise<Model> {
    if (this.#model) return Promise.resolve(this.#model)
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  }

  /** `again` is called when better weights answer: what is shown may be asked for once more. Returns what ends that. */
  onRenewal(again: () => void): () => void {
    this.#renewals.add(again)
    return () => this.#renewals.delete(again)
  }

  /** Times of another form say nothing about this one. */
  renew(): void {
    this.times.length = 0
    for (const again of this.#renewals) again()
  }

  /** Aborting ends the run at once; the visitor's own stop is not reported as an error. */
  async predict(input: PredictInput, signal?: AbortSignal, options: PredictOptions = {}): Promise<Result> {
    const model = await this.ready(signal)
    return this.#report(signal, async () => {
      const result = await model.predict(input, signal ? { ...options, signal } : options)
      return [result, result.milliseconds]
    })
  }

  /** One of many pictures that follow each other: told to the page around, but not counted. */
  async follow(input: PredictInput): Promise<Result> {
    const result = await (await this.ready()).predict(input)
    this.#emit('edge-result', result)
    return result
  }

  async run(feeds: Feeds, signal?: AbortSignal): Promise<Outputs> {
    const model = await this.ready(signal)
    return this.#report(signal, async () => {
      const begin = performance.now()
      const outputs = await model.run(feeds, signal ? { signal } : {})
      return [outputs, performance.now() - begin]
    })
  }

  async #report<T>(signal: AbortSignal | undefined, work: () => Promise<[T, number]>): Promise<T> {
    try {
      const [outcome, milliseconds] = await work()
      this.times.push(milliseconds)
      this.changed()
      this.#emit('edge-result', outcome)
      return outcome
    } catch (error) {
      if (!signal?.aborted) this.#emit('edge-error', error)
      throw error
    }
  }

  #emit(type: string, detail: unknown): void {
    this.host.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }))
  }
}
