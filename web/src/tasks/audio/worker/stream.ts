/** A sound through a model, window by window: features, the model with what it remembers, and its outputs as tensors of the result. */
import type { TensorLike } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import { makeInput } from '../../../shared/golden.js'
import type { AudioPipeline } from '../../../shared/manifest.gen.js'
import { Resampler } from '../shared/resample.js'
import type { Named } from '../../../worker/engine.js'
import { take } from '../../../worker/outputs.js'
import type { Runs } from '../../../worker/reader.js'
import { Mix } from './mix.js'
import { Windows } from './windows.js'

/** What the post-processing gave for windows one after another, of which the first is number `first`. */
export interface Heard {
  first: number
  windows: number
  tensors: Map<string, { data: Float32Array; dims: number[] }>
  /** Of a sound made of a sound: what is final. */
  samples: Float32Array
}

/** So much of a sound is worked on at once, whatever its length. */
const SLICE = 1 << 17

export class AudioStream {
  private readonly resampler: Resampler
  private readonly windows: Windows
  private readonly mix: Mix
  private readonly memory: Named
  /** Samples of a new sound that were handed on. */
  private given = 0

  constructor(private readonly pipeline: AudioPipeline, readonly rate: number, private readonly runs: Runs) {
    this.resampler = new Resampler(rate, pipeline.rate, pipeline.resampler)
    this.windows = new Windows(pipeline)
    this.mix = new Mix(pipeline)
    this.memory = new Map((pipeline.states ?? []).map(({ input, type, dims }) => [input, makeInput({ name: input, type, dims, seed: 0, low: 0, high: 0 })]))
    for (const constant of pipeline.constants ?? []) this.memory.set(constant.name, makeInput(constant))
  }

  /** A further piece of the sound, the last one where `ends`. */
  async push(samples: Float32Array, ends: boolean): Promise<Heard> {
    const heard: Heard = { first: this.windows.made, windows: 0, tensors: new Map(), samples: new Float32Array(0) }
    const parts = new Map<string, { data: Float32Array[]; dims: number[] }>()
    const mixed: Float32Array[] = []
    for (let at = 0; at < samples.length; at += SLICE) await this.take(this.windows.push(this.resampler.push(samples.subarray(at, at + SLICE))), parts, mixed)
    if (ends) {
      await this.take(this.windows.push(this.resampler.end()), parts, mixed)
      await this.take(this.windows.end(), parts, mixed)
      mixed.push(this.mix.end())
    }
    heard.windows = this.windows.made - heard.first
    for (const [name, { data, dims }] of parts) heard.tensors.set(name, { data: flat(data), dims: [heard.windows, ...dims.slice(1)] })
    // A sound that was made is as long as the one it was made of; the last windows reach beyond that.
    heard.samples = flat(mixed).subarray(0, Math.max(0, this.windows.samples - this.given))
    this.given += heard.samples.length
    return heard
  }

  private async take(cut: Float32Array, parts: Map<string, { data: Float32Array[]; dims: number[] }>, mixed: Float32Array[]): Promise<void> {
    const { length, group, result } = this.pipeline
    for (let at = 0; at < cut.length; at += group * length) {
      const some = cut.slice(at, at + group * length)
      const read = await this.group(some, some.length / length)
      if (result === 'audio') {
        mixed.push(this.mix.add(take(read, 'samples').data as Float32Array))
        continue
      }
      for (const [name, { data, dims }] of read) {
        const part = parts.get(name) ?? { data: [], dims: [...dims] }
        part.data.push(data as Float32Array)
        parts.set(name, part)
      }
    }
  }

  /** The small graphs take many windows at once, the model as many as it can: with memory, one. */
  private async group(samples: Float32Array, count: number): Promise<Named> {
    const { length, batch, preprocess, postprocess, input, outputs, extras } = this.pipeline
    const given = await this.runs.small(preprocess, new Map([['samples', { type: 'float32', dims: [count, length], data: samples }]]))
    const tensor = take(given, 'tensor')
    const gave: TensorLike[][] = outputs.map(() => [])
    for (let at = 0; at < count; at += batch) {
      const found = await this.runs.infer(new Map([...this.memory, [input, rows(tensor, at, Math.min(batch, count - at), count)]]))
      outputs.forEach((name, place) => gave[place]?.push(take(found, name)))
      for (const state of this.pipeline.states ?? []) this.memory.set(state.input, kept(take(found, state.output), state.dims))
    }
    const feeds: Named = new Map((extras ?? []).map((name) => [name, take(given, name)]))
    gave.forEach((several, place) => feeds.set(`raw${place}`, together(several)))
    return this.runs.small(postprocess, feeds)
  }
}

/** Some of the windows of a tensor that holds `count` of them. */
function rows(tensor: TensorLike, from: number, some: number, count: number): TensorLike {
  if (some === count) return tensor
  const each = tensor.data.length / count
  const [, ...rest] = tensor.dims
  return { type: tensor.type, dims: [some, ...rest], data: tensor.data.slice(from * each, (from + some) * each) as TensorLike['data'] }
}

function together(several: TensorLike[]): TensorLike {
  const [first] = several
  if (first === undefined || several.length === 1) return first as TensorLike
  const size = several.reduce((sum, { data }) => sum + data.length, 0)
  const data = new (first.data.constructor as Float32ArrayConstructor)(size)
  let at = 0
  for (const part of several) {
    data.set(part.data as Float32Array, at)
    at += part.data.length
  }
  const [, ...rest] = first.dims
  return { type: first.type, dims: [several.reduce((sum, { dims }) => sum + (dims[0] ?? 1), 0), ...rest], data }
}

/** A state as the model takes it: some give it with other dimensions than they declare. */
function kept(tensor: TensorLike, dims: number[]): TensorLike {
  if (tensor.data.length !== dims.reduce((a, b) => a * b, 1)) throw new EdgewebError('site-invalid', `The model's memory changed its size ([${String(tensor.dims)}] for [${String(dims)}]).`, 'Correct state in [audio], and build the site again.')
  return { ...tensor, dims }
}

function flat(parts: Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0] as Float32Array
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
