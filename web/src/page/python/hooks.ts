/** A site's own Python around its models: preprocess, run, postprocess, with an interpreter that is replaced when it dies. */
import type { Outputs, PredictInput, Result } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { Hooks as About, Manifest, TensorInfo } from '../../shared/manifest.gen.js'
import type { Described, NamedTensor, PythonCall } from '../../shared/python.js'
import type { Answer, Client } from '../run/client.js'
import { Interpreter, type Answered, type PythonParts } from './interpreter.js'
import type { InputPayload } from '../../shared/protocol.js'
import { toPayload } from '../forms.js'
import { asResult } from './results.js'
import type { Site } from '../site.js'
import { toHookValue } from './values.js'

export class Hooks {
  private interpreter: Interpreter | undefined
  private parts: Promise<PythonParts> | undefined
  /** Each prediction after the one before: hooks may keep state. */
  private last: Promise<unknown> = Promise.resolve()
  private closed = false

  /** @param clients the models by name. */
  constructor(
    private readonly site: Site,
    private readonly about: About,
    private readonly clients: ReadonlyMap<string, Client>,
  ) {}

  /** Boot, ahead of the first prediction; a failure shows when one is asked for, and each prediction tries anew. */
  async start(): Promise<void> {
    await (await this.running()).ready
  }

  predict(input: PredictInput, signal?: AbortSignal): Promise<Result> {
    return this.inTurn(signal, async () => {
      const start = performance.now()
      const result = await this.answer(input, signal)
      return { ...result, milliseconds: performance.now() - start }
    })
  }

  /** Forget what the hooks keep between calls. */
  reset(): Promise<void> {
    return this.inTurn(undefined, async () => {
      if (this.about.functions.includes('reset')) await this.ask({ function: 'reset' })
    })
  }

  close(): void {
    this.closed = true
    this.interpreter?.end(new EdgewebError('closed', 'The model was closed.', 'Call load() again.'))
  }

  private inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.last.catch(() => undefined).then(() => {
      if (signal?.aborted) throw aborted()
      return this.stoppable(signal, work())
    })
    this.last = turn
    return turn
  }

  /** Python cannot be interrupted from outside: stopping a call ends its interpreter. */
  private stoppable<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
    const stop = (): void => this.interpreter?.end(aborted())
    signal?.addEventListener('abort', stop, { once: true })
    return work.finally(() => signal?.removeEventListener('abort', stop))
  }

  private async answer(input: PredictInput, signal?: AbortSignal): Promise<Result> {
    const { functions } = this.about
    const feeds = functions.includes('preprocess') ? await this.feeds(input) : undefined
    const [main] = this.clients.values()
    if (main === undefined) throw new TypeError('a site has a model')
    if (!functions.includes('postprocess')) {
      const answer = await main.call(() => Promise.resolve({ kind: 'read', feeds: feeds ?? [] }), signal)
      return resultOf(answer)
    }
    const answer = await main.call(async () => (feeds === undefined ? { kind: 'raw', input: await inputOf(input) } : { kind: 'run', feeds }), signal)
    const read = await this.ask({ function: 'postprocess', outputs: Object.entries(outputsOf(answer)) })
    if (read.type !== 'result') throw new TypeError('postprocess gave no result')
    return asResult(JSON.parse(read.json) as unknown)
  }

  private async feeds(input: PredictInput): Promise<NamedTensor[]> {
    const answer = await this.ask({ function: 'preprocess', value: await toHookValue(input, this.about) })
    if (answer.type !== 'feeds') throw new TypeError('preprocess gave no feeds')
    return answer.feeds
  }

  private async ask(call: PythonCall): Promise<Answered> {
    return (await this.running()).ask(call)
  }

  private async running(): Promise<Interpreter> {
    this.parts ??= this.gather()
    this.parts.catch(() => { this.parts = undefined })
    const parts = await this.parts
    if (this.closed) throw new EdgewebError('closed', 'The model was closed.', 'Call load() again.')
    this.interpreter ??= this.begin(parts)
    return this.interpreter
  }

  private begin(parts: PythonParts): Interpreter {
    const made = new Interpreter(parts, this.about.seconds, (model, feeds) => this.run(model, feeds), () => this.site.supply.wholeLibrary(this.site.manifest), () => {
      if (this.interpreter === made) this.interpreter = undefined
    })
    return made
  }

  private async run(model: string, feeds: NamedTensor[]): Promise<NamedTensor[]> {
    const client = this.clients.get(model)
    if (client === undefined) throw new EdgewebError('usage', `There is no model "${model}".`, `There is: ${[...this.clients.keys()].join(', ')}.`)
    return Object.entries(outputsOf(await client.call(() => Promise.resolve({ kind: 'run', feeds }))))
  }

  /** Every byte that an interpreter is made from, kept: the page may have no network when one has to be replaced. */
  private async gather(): Promise<PythonParts> {
    const { manifest, supply } = this.site
    const found = supply.python()
    const [script, glue, module, library, api, source, packages] = await Promise.all([found.script, found.glue, found.module, found.library, found.api, found.source, found.packages])
    const models = [[this.about.model, [manifest.inputs, manifest.outputs]], ...Object.entries(manifest.models ?? {}).map(([name, { inputs, outputs }]) => [name, [inputs, outputs]])] as [string, [TensorInfo[], TensorInfo[]]][]
    return {
      script, glue,
      boot: {
        module, library, api, packages, numpy: manifest.python?.packages?.some(({ name }) => name === 'numpy') ?? false, source: new TextDecoder().decode(source), name: this.about.name, labels: manifest.labels ?? [], metadata: this.about.metadata ?? {},
        models: models.map(([name, [inputs, outputs]]) => [name, [described(inputs), described(outputs)]]),
      },
    }
  }
}

/** One of a site's further models, as a manifest of its own. */
export function partOf(manifest: Manifest, name: string): Manifest {
  const part = manifest.models?.[name]
  if (part === undefined) throw new TypeError(`no model ${name}`)
  const { image: _, tabular: __, models: ___, hooks: ____, text: _____, language: ______, writer: _______, ...rest } = manifest
  return { ...rest, task: 'tensors', inputs: part.inputs, outputs: part.outputs, variants: part.variants, golden: part.golden ?? [], optional: part.optional ?? [], labels: [] }
}

function described(tensors: TensorInfo[]): Described {
  return tensors.map(({ name, type, shape }) => [name, type, shape])
}

async function inputOf(input: PredictInput): Promise<InputPayload> {
  const payload = await toPayload(input)
  return payload
}

function outputsOf(answer: Answer): Outputs {
  if ('outputs' in answer) return answer.outputs
  throw new EdgewebError('runtime', 'The worker gave a result instead of outputs.', 'Reload the page.')
}

function resultOf(answer: Answer): Result {
  if ('result' in answer) return answer.result
  throw new EdgewebError('runtime', 'The worker gave outputs instead of a result.', 'Reload the page.')
}

function aborted(): EdgewebError {
  return new EdgewebError('aborted', 'The call was stopped.', 'Start it again when you need it.')
}

