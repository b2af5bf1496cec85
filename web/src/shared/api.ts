/** The public types of edgeweb.js: what `load` takes and gives, tensors, results and the errors. */
import type { Manifest, TensorType } from './manifest.gen.js'

export type { Manifest, TensorType }

/** The array that holds a tensor's elements. float16 is Uint16Array (raw bits) or Float16Array where the browser has it. */
export type TensorData =
  | Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array
  | BigInt64Array | BigUint64Array | string[]

export interface TensorLike {
  type: TensorType
  dims: readonly number[]
  data: TensorData
}

export type Feeds = Record<string, TensorLike>
export type Outputs = Record<string, TensorLike>

/**
 * `download`: bytes on the wire; `start`: the session is being made; `verify`: the golden case runs. Where a draft of the model is `ready`
 * first, its better weights are on their way in `upgrade`, with `loaded` and `total` of their own, until they answer: `upgraded`.
 */
export type Phase = 'download' | 'start' | 'verify' | 'ready' | 'upgrade' | 'upgraded'

export interface Progress {
  phase: Phase
  loaded: number
  total: number
}

export interface LoadOptions {
  backend?: 'auto' | 'wasm' | 'webgpu' | 'webnn'
  threads?: number
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
}

export interface Backend {
  name: 'wasm' | 'webgpu' | 'webnn'
  threads: number
  variant: string
  /** `passed`: the golden case gave the builder's numbers on this device; `none`: the model has no golden case. */
  parity: 'passed' | 'none'
  /** Whether a draft of the variant answers, because its better weights are still on their way. */
  draft: boolean
  /** Why it is this backend: a sentence for each that was tried or left out. */
  why: string[]
}

export interface CallOptions {
  signal?: AbortSignal
  /** Of a picture that is worked on in parts, so many are done. */
  onPart?: (done: number, of: number) => void
}

export type Row = Record<string, string | number | boolean>
export type PredictInput = Blob | ImageData | ImageBitmap | HTMLImageElement | HTMLCanvasElement | HTMLVideoElement | Float32Array | string | Row

export interface LabelScore {
  label: string
  score: number
}

/** A point in the picture that was given, in its pixels from the left and the top; `score`: how sure the model is of it. */
export interface Point {
  x: number
  y: number
  score: number
}

/** A place in the picture that was given, in its pixels from the left and the top; with the points that the model finds in it. */
export interface Box extends LabelScore {
  x: number
  y: number
  width: number
  height: number
  points?: Point[]
}

/** A part of the sound that was given, in seconds. */
export interface Segment extends LabelScore {
  start: number
  end: number
}

/** `inference`: of `milliseconds` those in the model itself, where a picture was given. */
export type Result = { inference?: number } & (
  | { task: 'classification'; labels: LabelScore[]; milliseconds: number }
  | { task: 'detection'; boxes: Box[]; milliseconds: number }
  /** `mask`: for each pixel, row by row, the place of its class in `labels`; `alpha`: how far it is the second of two, 0 to 255. */
  | { task: 'segmentation'; width: number; height: number; mask: Uint8Array; alpha?: Uint8Array; labels: string[]; milliseconds: number }
  | { task: 'image'; image: ImageData; milliseconds: number }
  | { task: 'embedding'; vector: number[]; milliseconds: number }
  | { task: 'similarity'; matches: { id: string; score: number }[]; milliseconds: number }
  | { task: 'regression'; values: number[]; milliseconds: number }
  | { task: 'tensors'; outputs: Outputs; milliseconds: number }
  /** `boxes`: where the text stands in a picture, line by line. */
  | { task: 'text'; text: string; boxes?: Box[]; milliseconds: number }
  /** `curve`: values over the whole sound, `step` seconds apart. */
  | { task: 'segments'; segments: Segment[]; curve?: number[]; step?: number; milliseconds: number }
  /** What the site's own Python returned. */
  | { task: 'json'; value: unknown; milliseconds: number }
)

export interface Model {
  readonly manifest: Manifest
  /** What answers now: when a call has resolved, `backend.draft` says which of the two answered it. */
  readonly backend: Backend
  /** Resolves when every answer is the whole model's; rejects with an `EdgewebError` when better weights than the draft's did not come. */
  readonly upgraded: Promise<Backend>
  run(feeds: Feeds, options?: CallOptions): Promise<Outputs>
  predict(input: PredictInput, options?: CallOptions): Promise<Result>
  /** Forget what the site's own Python keeps between calls; nothing to do without such. */
  reset(): Promise<void>
  close(): Promise<void>
}
