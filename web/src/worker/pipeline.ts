/** A started model: sessions, the golden check, and from any input to a result. */
import type { Backend, Result, TensorLike } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { Manifest, Variant } from '../shared/manifest.gen.js'
import type { Payload, Start } from '../shared/protocol.js'
import { fromBase64 } from '../shared/tensors.js'
import { Breath } from './breath.js'
import { choose } from './choose.js'
import { Session, type Fed, type Kept, type Named } from './engine.js'
import type { OpenLanguage } from './language/language.js'
import { checkFeeds, completed, numbersToFeeds } from './feeds.js'
import type { Answer, Calling, Given, Reader, Runs, Script } from './reader.js'
import { kinds, readers } from './readers.gen.js'
import type { OnnxFile } from '../shared/weights/parts.js'

export class Pipeline implements Runs {
  private readonly sessions = new Map<string, Promise<Session>>()

  /** A session is made, run and replaced by one task at a time: builds of ONNX Runtime that wait for a GPU cannot do two at once. */
  private turn: Promise<unknown> = Promise.resolve()
  private readonly readers: readonly Reader[]
  spent = 0
  private readonly breath = new Breath()

  private constructor(
    private readonly manifest: Manifest,
    private readonly variant: Variant,
    private session: Session,
    /** Of the manifest's further models, by name. */
    private readonly others: ReadonlyMap<string, Session>,
    public backend: Backend,
    private readonly restores: boolean,
    script: Script | undefined,
  ) {
    const language = script === undefined || manifest.language == null ? undefined : (script.exports as { open: OpenLanguage }).open(script.data, manifest, this)
    const opened = readers.map((open, i) => ({ reader: open(manifest, this, language), own: (manifest as unknown as Record<string, unknown>)[kinds[i] ?? ''] != null }))
    // The site's own kind is asked first: another's may take the same form of input, or refuse it.
    this.readers = [...opened.filter(({ own }) => own), ...opened.filter(({ own }) => !own)].map(({ reader }) => reader)
  }

  /**
   * With the backend that `choose` finds; `onVerify` is called before each run of a golden case. The runtime is initialised; without a `model` it
   * has the sessions. @param fileOf gives the further models that run beside it.
   */
  static async start(
    model: OnnxFile | undefined, fileOf: (name: string) => Promise<OnnxFile>, { manifest, variant: index, beside, backends, timed, draft }: Start,
    threads: number, onVerify: () => void, script?: Script,
  ): Promise<Pipeline> {
    const variant = manifest.variants[index]
    if (variant === undefined) throw new EdgewebError('site-invalid', 'The manifest lists no such variant.', 'Build the site again.')
    const { session, name, parity, why } = await choose(model ?? madeBefore(0), manifest, variant, { backends, timed, draft }, onVerify, heldOf(manifest))
    const others = new Map<string, Session>()
    for (const [part, at] of Object.entries(beside)) {
      const about = manifest.models?.[part]
      const form = about?.variants[at]
      if (about === undefined || form === undefined) throw new EdgewebError('site-invalid', `The manifest lists no such model: ${part}.`, 'Build the site again.')
      // One after the other, so that each file is gone before the next is put together.
      others.set(part, (await choose(await fileOf(part), about, form, { backends: [...new Set([name, 'wasm'] as const)].filter((each) => form.backends.includes(each)), timed: false, draft: false }, onVerify, heldOf(manifest, part))).session)
    }
    return new Pipeline(manifest, variant, session, others, { name, threads, variant: variant.id, parity, draft, why }, model === undefined, script)
  }

  /** Put the whole model in the draft's place, once it has given its own numbers; if it does not, the draft stays. */
  upgrade(model: OnnxFile): Promise<Backend> {
    return this.inTurn(async () => {
      const backends = [this.backend.name]
      const { session, parity } = await choose(model, this.manifest, this.variant, { backends, timed: false, draft: false }, () => undefined, heldOf(this.manifest))
      const old = this.session
      this.session = session
      this.backend = { ...this.backend, parity, draft: false }
      await old.release()
      return this.backend
    })
  }

  infer(feeds: Named, model?: string): Promise<Named> {
    return this.timed(() => this.sessionOf(model).run(model === undefined ? completed(this.manifest, feeds) : feeds))
  }

  hold(feeds: Fed, keep: ReadonlySet<string>, model?: string): Promise<Kept> {
    return this.timed(() => this.sessionOf(model).hold(feeds, keep))
  }

  private timed<T>(work: () => Promise<T>): Promise<T> {
    // WebAssembly answers before it gives control back: without this a call of many runs would hear of no stop.
    const before = this.breath.taken()
    return this.inTurn(async () => {
      await before
      const begun = performance.now()
      const done = await work()
      this.spent += performance.now() - begun
      return done
    })
  }

  private sessionOf(model: string | undefined): Session {
    const found = model === undefined ? this.session : this.others.get(model)
    if (found === undefined) throw new EdgewebError('site-invalid', `The site has no model "${model}".`, 'Build the site again.')
    return found
  }

  small(graph: string, feeds: Named): Promise<Named> {
    return this.inTurn(async () => (await this.graph(graph)).run(feeds))
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work)
    this.turn = done.catch(() => undefined)
    return done
  }

  /** The small graphs around the model, which a runtime that begins with sessions has numbered: `small_graphs` in builder/edgeweb/runtime/restored.py. */
  private get graphs(): string[] {
    return [...new Set(this.readers.flatMap(({ graphs = [] }) => graphs).filter((graph) => graph != null))]
  }

  /** Make the small graphs' sessions ahead of the first picture; a failure shows when they are used. */
  async warm(): Promise<void> {
    for (const graph of this.graphs) await this.inTurn(() => this.graph(graph)).catch(() => undefined)
  }

  /** The model's own outputs for feeds given by name. */
  async run(entries: [string, TensorLike][]): Promise<Named> {
    return this.infer(checkFeeds(this.manifest, entries))
  }

  /** Any input to the result form of the task, with the time it took from input to answer. */
  async predict(payload: Exclude<Payload, { kind: 'run' | 'raw' }>, calling: Calling): Promise<Result> {
    const start = performance.now()
    this.spent = 0
    // Told after the whole, where a kind tells it.
    const { inference, ...answer } = await this.answer(payload, calling)
    return { ...answer, milliseconds: performance.now() - start, ...(inference !== undefined && { inference }) } as Result
  }

  /** The model's own outputs for any input. */
  async raw(payload: Given): Promise<Named> {
    return this.infer(await this.feeds(payload))
  }

  /** The model's outputs in the task's result form. */
  async read(outputs: Named): Promise<Answer> {
    for (const reader of this.readers) {
      const answer = await reader.read?.(outputs)
      if (answer !== undefined) return answer
    }
    return { task: 'tensors', outputs: Object.fromEntries(outputs) }
  }

  private async answer(payload: Exclude<Payload, { kind: 'run' | 'raw' }>, calling: Calling): Promise<Answer> {
    if (payload.kind === 'read') return this.read(await this.run(payload.feeds))
    if (payload.kind === 'reset') {
      for (const reader of this.readers) reader.reset?.()
      return { task: 'tensors', outputs: {} }
    }
    for (const reader of this.readers) {
      const answer = reader.predict?.(payload, calling)
      if (answer !== undefined) return answer
    }
    return this.read(await this.raw(payload))
  }

  private async feeds(payload: Given): Promise<Named> {
    for (const reader of this.readers) {
      const feeds = await reader.feeds?.(payload)
      if (feeds !== undefined) return feeds
    }
    if (payload.kind === 'numbers') return numbersToFeeds(this.manifest, payload.numbers)
    throw new EdgewebError('input', 'predict() cannot use this kind of input.', 'Use run() with named feeds.')
  }

  /** The session of a small graph (base64, in the manifest), made when it is first needed: `run` never is. */
  private graph(graph: string): Promise<Session> {
    const known = this.sessions.get(graph)
    if (known !== undefined) return known
    const place = this.restores ? this.graphs.indexOf(graph) : -1
    const made = Session.create(place < 0 ? { graph: fromBase64(graph) } : madeBefore(1 + place), 'all', 'wasm')
    this.sessions.set(graph, made)
    return made
  }
}

/** Stands for a session that the runtime begins with: it knows them by the lengths of what they would be made from. */
function madeBefore(place: number): OnnxFile {
  return { graph: new Uint8Array(place + 1) }
}

/** The outputs of a model that others are fed, or itself again. */
function heldOf({ writer }: Manifest, model?: string): string[] {
  if (writer == null) return []
  const crossing = model === undefined ? (writer.crossing ?? []).flatMap(({ output }) => (output == null ? [] : [output])) : []
  return [...crossing, ...((writer.model ?? undefined) === model ? (writer.inputs.state ?? []).map(({ output }) => output) : [])]
}
