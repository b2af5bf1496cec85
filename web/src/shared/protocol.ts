/** Everything that crosses between page and worker, one discriminated union a direction. */
import type { Backend, Message, Outputs, Parts, Phase, Result, Row, Sound, TensorLike, TextOptions, TextProgress } from './api.js'
import type { ErrorCode } from './errors.js'
import type { Manifest } from './manifest.gen.js'

/** A call's input, in the forms a worker can receive. */
export type Payload =
  | { kind: 'run'; feeds: [name: string, tensor: TensorLike][] }
  /** What hooks leave out: the outputs for an input, or the result that feeds lead to. */
  | { kind: 'raw'; input: InputPayload }
  | { kind: 'read'; feeds: [name: string, tensor: TensorLike][] }
  | SoundPayload | { kind: 'rows'; values: Float32Array }
  | { kind: 'reset' }
  | InputPayload

/** `rate` null: the model's own. `stream`: the piece of a longer sound that it is. */
export interface SoundPayload {
  kind: 'sound'
  samples: Float32Array
  rate: number | null
  stream?: 'more' | 'end'
  options?: TextOptions
}

export type InputPayload =
  /** `moved`: the bitmap was made for this call, so it goes to the worker without a copy. */
  | { kind: 'image'; image: ImageBitmap | ImageData; moved?: boolean; options?: TextOptions }
  | { kind: 'numbers'; numbers: Float32Array }
  | { kind: 'text'; text: string; options?: TextOptions }
  | { kind: 'row'; row: Row }
  | { kind: 'parts'; parts: WorkerParts; moved?: boolean; options?: TextOptions }
  | { kind: 'messages'; messages: readonly Message[]; options?: TextOptions }

/** `Parts` in forms that a worker can receive. */
export type WorkerParts = Omit<Parts, 'image' | 'audio'> & {
  image?: ImageBitmap | ImageData
  audio?: Sound | Float32Array
  /** A conversation about the picture; the message that is `shown` comes with it. */
  messages?: readonly (Message & { shown?: boolean })[]
}

export type BackendName = Backend['name']

/** Sent at once, so that the glue script is there when the runtime is. */
export interface Prepare {
  type: 'prepare'
  /** A blob URL: the worker has no network. */
  glue: string
  threads: number
  /** A Web Lock that the worker holds while it lives: no event tells that a worker was killed. */
  alive: string
}

/** The compiled runtime; it initialises while the model may still be on its way. */
export interface RuntimeReady {
  type: 'runtime'
  module: WebAssembly.Module
  /** It begins with the sessions made. */
  restores: boolean
  /** Where a runtime that was cut notes in its memory that a function was needed which it lacks; null: it is whole. */
  flag: number | null
}

/** One of the model's shards, in the order in which they arrive; before the start come all that it needs. */
export interface Shard {
  type: 'shard'
  /** Which of the manifest's further models it is of; null: the site's own. */
  model: string | null
  /** Its place among the variant's files. */
  index: number
  bytes: Uint8Array<ArrayBuffer>
  /** The ONNX file's length when the shards are coded parts of it; null: they are the file itself, joined. */
  decodedBytes: number | null
  /** It makes a draft's weights fine: of use only when the draft's shards are there. */
  rest: boolean
}

/**
 * The manifest, when every shard was sent; the worker fetches nothing itself. `backends`: those to try, in order; the first that proves right
 * runs, or, `timed`, the fastest of those. `draft`: the variant's draft is to run, until an upgrade is asked for.
 */
export interface Start {
  type: 'start'
  manifest: Manifest
  variant: number
  /** The variants of the further models that run beside it, by name. */
  beside: Record<string, number>
  backends: BackendName[]
  timed: boolean
  draft: boolean
}

/** Code that only the sites of one kind have, and the bytes that it needs: for models that read token ids, their tokenizer. */
export interface KindScript {
  type: 'script'
  script: Uint8Array<ArrayBuffer>
  data: Uint8Array<ArrayBuffer>
}

export type ToWorker =
  | Prepare | RuntimeReady | Shard | KindScript | Start
  /** Every shard that the draft lacked was sent: calls from now on are the whole model's. */
  | { type: 'upgrade' }
  /** `told`: somebody wants to hear what is written while it is. */
  | { type: 'call'; id: number; payload: Payload; told: boolean }
  /** Nobody waits any more for a text that is being written: it may end at its next token. */
  | { type: 'stop'; id: number }

export interface PlainError {
  code: ErrorCode
  message: string
  hint: string
  /** A hook's traceback. */
  details?: string
}

export type FromWorker =
  /** The lock is held. */
  | { type: 'alive' }
  | { type: 'phase'; phase: Phase }
  | { type: 'ready'; backend: Backend }
  | { type: 'start-failed'; error: PlainError }
  /** The memory of a cut runtime, for the page to see its flag: a worker that waits for a thread that met a trap says no more. */
  | { type: 'memory'; buffer: SharedArrayBuffer }
  /** A function was needed that the cut runtime lacks. */
  | { type: 'trapped' }
  /** Every answer from now on is the whole model's. */
  | { type: 'upgraded'; backend: Backend }
  /** The draft goes on answering. */
  | { type: 'upgrade-failed'; error: PlainError }
  /** The device's GPU is gone, and every session on it. */
  | { type: 'lost'; error: PlainError }
  /** Of a call that is worked on in parts, so many are done. */
  | { type: 'part'; id: number; done: number; of: number }
  | { type: 'outputs'; id: number; outputs: [name: string, tensor: TensorLike][] }
  | { type: 'written'; id: number; progress: TextProgress }
  | { type: 'result'; id: number; result: Result }
  | { type: 'call-failed'; id: number; error: PlainError }

/** Name and tensor pairs as an object whose keys are all its own, `__proto__` included. */
export function toRecord(entries: [name: string, tensor: TensorLike][]): Outputs {
  return Object.fromEntries(entries)
}
