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
  /**
   * The sound is a piece of a longer one, of which earlier calls had the beginning: `more` of it, or its `end`. The result is about what could be
   * told since the last piece, in seconds of the whole. `reset()` begins another sound, as does the piece after an `end`.
   */
  stream?: 'more' | 'end'
}

/** One channel of a sound, from -1 to 1, `rate` samples a second. */
export interface Sound {
  samples: Float32Array
  rate: number
}

/** Something that was said in a conversation, or, first of all, how the model is to answer. */
export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** The same where a question comes with a picture: one of all messages has one. */
export interface PictureMessage {
  role: Message['role']
  content: string | readonly ({ type: 'text'; text: string } | { type: 'image'; image: NonNullable<Parts['image']> })[]
}

/** What tasks with several inputs take: each task says which. */
export interface Parts {
  image?: Blob | ImageData | ImageBitmap | HTMLImageElement | HTMLCanvasElement | HTMLVideoElement
  audio?: Blob | Sound | Float32Array
  text?: string
  /** The second of two texts: a hypothesis, or a passage that may answer. Several: each is asked about. */
  pair?: string | readonly string[]
  question?: string
  context?: string
  /** What may be in the text, the picture or the sound, in words. */
  labels?: readonly string[]
  /** In the picture's pixels from the left and the top; `label` 1 (default): it belongs to what is wanted, 0: it does not. Without any: the middle. */
  points?: readonly { x: number; y: number; label?: 0 | 1 }[]
  boxes?: readonly { x: number; y: number; width: number; height: number }[]
}

/** For models that read or write texts; what does not concern a site's task is ignored. */
export interface TextOptions {
  /** Texts to compare with: the result is a `similarity` instead of an `embedding`. */
  others?: readonly string[]
  /** What was said before, in a chat. */
  history?: readonly Message[]
  /** 0 takes the likeliest token; the higher, the more varied. Default: the model's own. */
  temperature?: number
  /** Draw among so many of the likeliest tokens; 0: all. Of answers, and of words for a blank: so many are told. */
  topK?: number
  /** Draw among the likeliest tokens that together have this share, 0 to 1. */
  topP?: number
  /** Tokens to write, at most. */
  maxTokens?: number
  /** The same seed draws the same tokens. */
  seed?: number
  /** So many beginnings are followed at once, and the likeliest whole is the answer; 1: none but the one. */
  beams?: number
  /** Above 1, a token that was there already becomes less likely. */
  repetitionPenalty?: number
  /** No sequence of so many tokens is written twice; 0: any may be. */
  noRepeatNgrams?: number
  /** Of beams: above 0 longer answers are preferred, below 0 shorter ones. */
  lengthPenalty?: number
  /** What was written ends before the first of these. */
  stop?: string | readonly string[]
  /** Of what is heard, or what is to be written, such as "de"; default: the model's own choice. */
  language?: string
  /** Of a text to be translated, by a model that reads several; default: the site's. */
  source?: string
  /** Of speech: whether the result tells when what was said; of words where the model can. */
  timestamps?: boolean | 'word'
  /** The sentence that a label is put into, instead of the model's own; {} stands for the label. */
  template?: string
  /** Several labels may be true at once: each is scored by itself. */
  several?: boolean
}

/** What a decoder has written so far. `milliseconds`: since it began to read. */
export interface TextProgress {
  text: string
  tokens: number
  milliseconds: number
}

export interface PredictOptions extends CallOptions, TextOptions {
  /** Called while it is written, at most once a frame. */
  onText?: (progress: TextProgress) => void
}

/** By the names of the columns; null, or a column left out, is a missing value, which some models take. */
export type Row = Record<string, string | number | boolean | null | undefined>
/** Sounds: a file, `Sound`, or samples at the model's own rate. Measurements: CSV as text or a file, or rows of numbers, the oldest first. */
export type PredictInput = Parts | readonly Message[] | readonly PictureMessage[] | Sound | readonly (readonly number[])[] | Blob | ImageData | ImageBitmap | HTMLImageElement | HTMLCanvasElement | HTMLVideoElement | Float32Array | string | Row

/** `score`: a probability where the manifest's evidence says so; NaN where the model gives its answer and nothing beside it. */
export interface LabelScore {
  label: string
  score: number
  /** Of a blank in a text: the token's id, and the whole text with it, as the model's tokenizer writes that. */
  token?: number
  sequence?: string
}

/** A point in the picture that was given, in its pixels from the left and the top; `score`: how sure the model is of it. */
export interface Point {
  /** What it is, where the site says so. */
  name?: string
  x: number
  y: number
  score: number
}

/**
 * A place in the picture that was given, in its pixels from the left and the top; with the points that the model finds in it. `angle`: of a rotated
 * box, the radians by which it is turned clockwise around its centre; the rest is of the box before it is turned.
 */
export interface Box extends LabelScore {
  x: number
  y: number
  width: number
  height: number
  angle?: number
  points?: Point[]
}

/** A part of the sound that was given, in seconds. */
export interface Segment extends LabelScore {
  start: number
  end: number
}

/** A part of the text that was given: `text.slice(start, end)`. */
export interface Span extends LabelScore {
  start: number
  end: number
  text: string
}

/** A part of `context` that answers: `context.slice(start, end)`. */
export interface Found {
  text: string
  score: number
  start: number
  end: number
}

/** Something that was said, in seconds of the sound; `end` is null where the model leaves it open. */
export interface Said {
  text: string
  start: number
  end: number | null
}

/** Rows of a series from `start` to `end`, both included, counted from 0; `score`: the worst value in them. */
export interface Alarm {
  start: number
  end: number
  score: number
}

/** `inference`: of `milliseconds` those in the model itself, where a picture was given; `truncated`: the text was longer than the model reads, and its end was left out. */
export type Result = { inference?: number } & (
  /** `segments`: of a sound, which label came first when. */
  | { task: 'classification'; labels: LabelScore[]; segments?: Segment[]; truncated?: true; milliseconds: number }
  | { task: 'detection'; boxes: Box[]; milliseconds: number }
  /** `mask`: for each pixel, row by row, the place of its class in `labels`; `alpha`: how far it is the second of two, 0 to 255; `score`: of what was pointed at, how good the model takes the mask to be; `scores`: where `labels` are of segments, after the first for what belongs to none, how sure the model is of each. */
  | { task: 'segmentation'; width: number; height: number; mask: Uint8Array; alpha?: Uint8Array; labels: string[]; score?: number; scores?: number[]; milliseconds: number }
  | { task: 'image'; image: ImageData; milliseconds: number }
  /** `values`: row by row, as the model has them; `image`: the same as greys, the largest in white. */
  | { task: 'depth'; width: number; height: number; values: Float32Array; image: ImageData; milliseconds: number }
  | { task: 'embedding'; vector: number[]; truncated?: true; milliseconds: number }
  | { task: 'similarity'; matches: { id: string; score: number }[]; milliseconds: number }
  /** `names`: of the values, where they are known. */
  | { task: 'regression'; values: number[]; names?: string[]; truncated?: true; milliseconds: number }
  | { task: 'tensors'; outputs: Outputs; milliseconds: number }
  /**
   * `boxes`: where the text stands in a picture, line by line. Of a decoder, what it wrote after yours, in so many `tokens`, which are `ids`; `finish`: whether
   * it came to its end, or to the longest that was asked for.
   */
  | { task: 'text'; text: string; boxes?: Box[]; tokens?: number; ids?: number[]; finish?: 'stop' | 'length'; truncated?: true; milliseconds: number }
  | { task: 'spans'; spans: Span[]; truncated?: true; milliseconds: number }
  /** The likeliest first. */
  | { task: 'answers'; answers: Found[]; milliseconds: number }
  /** `segments`: where times were asked for, or the sound was longer than the model hears at once. */
  | { task: 'transcript'; text: string; segments: Said[]; language?: string; tokens?: number; ids?: number[]; milliseconds: number }
  /** `curve`: values over the whole sound, `step` seconds apart, the first for the time from `start` (default 0) on. */
  | { task: 'segments'; segments: Segment[]; curve?: number[]; step?: number; start?: number; milliseconds: number }
  /** A sound that was made of the one that was given. */
  | { task: 'audio'; samples: Float32Array; rate: number; milliseconds: number }
  /**
   * `predicted`: what was expected of each row from `start` on, of the columns at the places `targets`; of a forecast it goes beyond the `rows` that
   * were given. `scores`: the error of each row from `scored` on. `alarms`: where the first target is expected `above` or `below` the threshold, or the error is above it.
   */
  | {
    task: 'series'; columns: string[]; targets: number[]; rows: number; start: number; predicted: number[][]; scored: number; scores: number[]
    alarm: 'above' | 'below' | 'error'; threshold: number | null; alarms: Alarm[]; milliseconds: number
  }
  /** What the site's own Python returned. */
  | { task: 'json'; value: unknown; milliseconds: number }
)

/** Which release answers. `channel`: how this visitor came to it; `arm`: of the experiment that they take part in. */
export interface Release {
  readonly id: string
  readonly channel: 'stable' | 'canary' | 'experiment'
  readonly arm?: string
}

export interface Model {
  readonly manifest: Manifest
  readonly release: Release
  /** What answers now: when a call has resolved, `backend.draft` says which of the two answered it. */
  readonly backend: Backend
  /** Resolves when every answer is the whole model's; rejects with an `EdgewebError` when better weights than the draft's did not come. */
  readonly upgraded: Promise<Backend>
  run(feeds: Feeds, options?: CallOptions): Promise<Outputs>
  predict(input: PredictInput, options?: PredictOptions): Promise<Result>
  /** Forget what the site's own Python keeps between calls; nothing to do without such. */
  reset(): Promise<void>
  close(): Promise<void>
}
