/** A started model: sessions, the golden check, and from any input to a result. */
import type { Backend, LabelScore, Result } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { ImagePipeline, Manifest, Variant } from '../shared/manifest.gen.js'
import { fromBase64, numberAt } from '../shared/tensors.js'
import type { TensorLike } from '../shared/api.js'
import type { InputPayload, Payload, SoundPayload, Start } from '../shared/protocol.js'
import { choose } from './choose.js'
import { Session, type Named } from './engine.js'
import { checkFeeds, numbersToFeeds, rowToFeeds, textToFeeds } from './feeds.js'
import { pictureFeeds, toBitmap, unplaced, type Placed } from '../tasks/image/worker/pictures.js'
import { seriesOf } from '../tasks/series/worker/reader.js'
import { Hearing } from '../tasks/audio/worker/stream.js'
import { heardAs } from '../tasks/audio/worker/results.js'
import type { Answer, Calling, Reader, TextScript } from './reader.js'
import { needsTiles, tiled } from '../tasks/image/worker/tiles.js'
import { boxes, painted, segmentation } from '../tasks/image/worker/results.js'
import type { OnnxFile } from './weights.js'

export class Pipeline {
  private readonly sessions = new Map<string, Promise<Session>>()

  /** A session is made, run and replaced by one task at a time: builds of ONNX Runtime that wait for a GPU cannot do two at once. */
  private turn: Promise<unknown> = Promise.resolve()
  private readonly reader: Reader | undefined

  /** A sound that arrives in pieces. */
  private hearing: Hearing | undefined

  private readonly runs = {
    infer: (feeds: Named): Promise<Named> => this.infer(feeds),
    small: (graph: string, feeds: Named): Promise<Named> => this.small(graph, feeds),
  }

  /** Milliseconds in the model itself since the call began. */
  private spent = 0

  private constructor(
    private readonly manifest: Manifest,
    private readonly variant: Variant,
    private session: Session,
    public backend: Backend,
    private readonly restores: boolean,
    script: TextScript | undefined,
  ) {
    const { text, labels = [] } = manifest
    const tools = { infer: (feeds: Named) => this.infer(feeds), small: (graph: string, feeds: Named) => this.small(graph, feeds) }
    this.reader = text == null ? undefined : script?.open(script.tokenizer, text, labels, tools)
  }

  /** With the backend that `choose` finds; `onVerify` is called before each run of the golden case. The runtime is initialised; without a `model` it has the sessions. */
  static async start(model: OnnxFile | undefined, { manifest, variant: index, backends, timed, draft }: Start, threads: number, onVerify: () => void, script?: TextScript): Promise<Pipeline> {
    const variant = manifest.variants[index]
    if (variant === undefined) throw new EdgewebError('site-invalid', 'The manifest lists no such variant.', 'Build the site again.')
    const { session, name, parity, why } = await choose(model ?? madeBefore(0), manifest, variant, { backends, timed, draft }, onVerify)
    return new Pipeline(manifest, variant, session, { name, threads, variant: variant.id, parity, draft, why }, model === undefined, script)
  }

  /** Put the whole model in the draft's place, once it has given its own numbers; if it does not, the draft stays. */
  upgrade(model: OnnxFile): Promise<Backend> {
    return this.inTurn(async () => {
      const backends = [this.backend.name]
      const { session, parity } = await choose(model, this.manifest, this.variant, { backends, timed: false, draft: false }, () => undefined)
      const old = this.session
      this.session = session
      this.backend = { ...this.backend, parity, draft: false }
      await old.release()
      return this.backend
    })
  }

  private infer(feeds: Named): Promise<Named> {
    return this.inTurn(async () => {
      const begun = performance.now()
      const outputs = await this.session.run(feeds)
      this.spent += performance.now() - begun
      return outputs
    })
  }

  private small(graph: string, feeds: Named): Promise<Named> {
    return this.inTurn(async () => (await this.graph(graph)).run(feeds))
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work)
    this.turn = done.catch(() => undefined)
    return done
  }

  /** The small graphs around the model; builder/edgeweb/runtime/restored.py lists them in the same order. */
  private get graphs(): string[] {
    const { image, audio, series, text } = this.manifest
    const found = [...[image, audio, series].flatMap((each) => [each?.preprocess, each?.postprocess]), text?.postprocess]
    return [...new Set(found.filter((graph) => graph != null))]
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
    const answer = await this.answer(payload, calling)
    return { ...answer, milliseconds: performance.now() - start, ...(payload.kind === 'image' && { inference: this.spent }) }
  }

  /** The model's own outputs for any input. */
  async raw(payload: InputPayload): Promise<Named> {
    return this.infer((await this.feeds(payload)).feeds)
  }

  private async answer(payload: Exclude<Payload, { kind: 'run' | 'raw' }>, calling: Calling): Promise<Answer> {
    const { image } = this.manifest
    if (payload.kind === 'text' && this.reader !== undefined) return this.reader.predict(payload.text, payload.options ?? {}, calling)
    if (payload.kind === 'image' && image?.result === 'image' && needsTiles(image, payload.image)) return { task: 'image', image: await this.tiled(image, payload.image, (done, of) => calling.onPart(done, of)) }
    if (payload.kind === 'read') return this.interpret(await this.run(payload.feeds))
    if (payload.kind === 'sound') return this.heard(payload)
    if (payload.kind === 'rows') return this.measured(payload.values)
    if (payload.kind === 'reset') {
      this.hearing = undefined
      return { task: 'tensors', outputs: {} }
    }
    const { feeds, placed } = await this.feeds(payload)
    return this.interpret(await this.infer(feeds), placed)
  }

  private async heard({ samples, rate, stream }: SoundPayload): Promise<Answer> {
    const { audio } = this.manifest
    if (audio == null) throw new EdgewebError('input', 'This model does not take sounds.', 'Use run() with named feeds.')
    const own = rate ?? audio.rate
    const hearing = stream !== undefined && this.hearing?.rate === own ? this.hearing : new Hearing(audio, own, this.runs)
    this.hearing = stream === 'more' ? hearing : undefined
    return heardAs(await hearing.push(samples, stream !== 'more'), audio, this.manifest.labels ?? [])
  }

  private async measured(values: Float32Array): Promise<Answer> {
    const { series } = this.manifest
    if (series == null) throw new EdgewebError('input', 'This model does not take measurements.', 'Use run() with named feeds.')
    return seriesOf(values, series, this.runs)
  }

  private async tiled(image: ImagePipeline, picture: ImageBitmap | ImageData, told: (done: number, of: number) => void): Promise<ImageData> {
    const bitmap = await toBitmap(picture)
    const make = async (part: ImageBitmap): Promise<ImageData> => {
      const { feeds, placed } = await this.pictureFeeds(part)
      const made = await this.pictured(image, await this.infer(feeds), placed)
      if (made.task === 'image') return made.image
      throw new EdgewebError('site-invalid', 'The model made no picture.', 'Build the site again.')
    }
    try {
      return await tiled(bitmap, image, make, told)
    } finally {
      bitmap.close()
    }
  }

  private async feeds(payload: InputPayload): Promise<{ feeds: Named; placed?: Placed }> {
    if (payload.kind === 'image') return this.pictureFeeds(payload.image)
    return { feeds: this.plainFeeds(payload) }
  }

  private plainFeeds(payload: Exclude<InputPayload, { kind: 'image' }>): Named {
    return payload.kind === 'row' ? rowToFeeds(this.manifest, payload.row)
      : payload.kind === 'text' ? (this.reader?.feeds(payload.text) ?? textToFeeds(this.manifest, payload.text))
      : numbersToFeeds(this.manifest, payload.numbers)
  }

  private async pictureFeeds(image: ImageBitmap | ImageData): Promise<{ feeds: Named; placed: Placed }> {
    const { image: pipeline } = this.manifest
    if (pipeline == null) throw new EdgewebError('input', 'This model does not take pictures.', 'Use run() with named feeds.')
    const { feeds, placed } = await pictureFeeds(image, pipeline)
    const prepared = await this.small(pipeline.preprocess, feeds)
    return { feeds: new Map([[pipeline.input, take(prepared, 'tensor')]]), placed }
  }

  /** The model's outputs in the task's result form. */
  private async interpret(outputs: Named, placed?: Placed): Promise<Answer> {
    const { image, tabular } = this.manifest
    if (image != null) return this.pictured(image, outputs, placed ?? unplaced(image))
    if (tabular?.values != null) return { task: 'regression', values: numbers(take(outputs, tabular.values)) }
    if (tabular?.scores != null) {
      const scores = numbers(take(outputs, tabular.scores))
      return { task: 'classification', labels: this.rank(tabular.softmax ? softmax(scores) : scores) }
    }
    if (tabular?.label != null) {
      const label = take(outputs, tabular.label)
      return { task: 'classification', labels: [{ label: this.labelOf(label), score: 1 }] }
    }
    return { task: 'tensors', outputs: Object.fromEntries(outputs) }
  }

  private async pictured(image: ImagePipeline, outputs: Named, placed: Placed): Promise<Answer> {
    if (image.postprocess == null) return { task: 'tensors', outputs: Object.fromEntries(outputs) }
    const raws = image.outputs.map((name, i): [string, TensorLike] => [`raw${i}`, take(outputs, name)])
    const read = await this.small(image.postprocess, new Map(raws))
    const from = (name: string): TensorLike => take(read, name)
    const labels = this.manifest.labels ?? []
    switch (image.result) {
      case 'detection': return { task: 'detection', boxes: boxes(from, placed, (index) => labels[index] ?? `class ${index}`, read.get('points'), image.points ?? []) }
      case 'segmentation': {
        const found = segmentation(from, image, placed, read.get('alpha'))
        const most = found.mask.reduce((a, b) => Math.max(a, b), 1)
        return { task: 'segmentation', ...found, labels: labels.length ? [...labels] : Array.from({ length: most + 1 }, (_, i) => (most > 1 ? `class ${i}` : (['background', 'foreground'][i] ?? ''))) }
      }
      case 'embedding': return { task: 'embedding', vector: numbers(from('vector')) }
      case 'image': return { task: 'image', image: painted(read, image, placed) }
      default: return { task: 'classification', labels: this.rank(numbers(from('scores')), read.get('classes')) }
    }
  }

  private labelOf(tensor: TensorLike): string {
    const value = tensor.data[0]
    return typeof value === 'string' ? value : (this.manifest.labels?.[Number(value)] ?? String(value))
  }

  /** @param classes what each score is of; default: its own place. */
  private rank(scores: number[], classes?: TensorLike): LabelScore[] {
    const labels = this.manifest.labels ?? []
    const label = (index: number): string => labels[index] ?? `class ${index}`
    return scores.map((score, i) => ({ label: label(Number(classes?.data[i] ?? i)), score })).sort((a, b) => b.score - a.score)
  }

  /** The session of a small graph (base64, in the manifest), made when it is first needed: `run` never is. */
  private graph(graph: string): Promise<Session> {
    const place = this.restores ? this.graphs.indexOf(graph) : -1
    const file = place < 0 ? { graph: fromBase64(graph) } : madeBefore(1 + place)
    const made = this.sessions.get(graph) ?? Session.create(file, 'all', 'wasm')
    this.sessions.set(graph, made)
    return made
  }
}

/** Stands for a session that the runtime begins with: it knows them by the lengths of what they would be made from. */
function madeBefore(place: number): OnnxFile {
  return { graph: new Uint8Array(place + 1) }
}

function take(outputs: Named, name: string): TensorLike {
  const tensor = outputs.get(name)
  if (tensor === undefined) throw new EdgewebError('site-invalid', `The model gave no output "${name}".`, 'Build the site again.')
  return tensor
}

function numbers({ data, type }: TensorLike): number[] {
  return Array.from({ length: data.length }, (_, i) => numberAt(data, i, type))
}

function softmax(logits: number[]): number[] {
  const top = Math.max(...logits)
  const powers = logits.map((x) => Math.exp(x - top))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((x) => x / sum)
}
