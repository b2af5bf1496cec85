/** Everything that crosses between page and Python worker, one discriminated union a direction. */
import type { Row, TensorLike } from './api.js'
import type { PlainError } from './protocol.js'

/** What a hook gets, in the forms that a worker can receive. */
export type HookValue =
  | { kind: 'image'; image: ImageBitmap | ImageData }
  /** One channel, -1 to 1. */
  | { kind: 'audio'; samples: Float32Array<ArrayBuffer>; rate: number }
  | { kind: 'text'; text: string }
  | { kind: 'row'; row: Row }
  | { kind: 'file'; bytes: Uint8Array<ArrayBuffer> }

export type NamedTensor = [name: string, tensor: TensorLike]

/** Inputs or outputs, as Python reads them: name, type, shape. */
export type Described = [name: string, type: string, shape: (number | string | null)[] | null][]

/** All that the interpreter is made from: it fetches nothing itself. */
export interface BootPython {
  type: 'boot'
  /** Pyodide's glue as a blob: URL. */
  glue: string
  module: WebAssembly.Module
  /** Zip archives: the standard library, and what hooks import as `edgeweb`. */
  library: Uint8Array<ArrayBuffer>
  api: Uint8Array<ArrayBuffer>
  /** Zip archives of what goes into site-packages. */
  packages: Uint8Array<ArrayBuffer>[]
  /** Whether NumPy is among them: arrays are its own then. */
  numpy: boolean
  source: string
  /** The hooks' file name. */
  name: string
  labels: string[]
  /** What the models' files say of themselves, by the models' names. */
  metadata: Record<string, Record<string, string>>
  /** The first is the site's own. */
  models: [name: string, sides: [inputs: Described, outputs: Described]][]
  /** A Web Lock that the worker holds while it lives. */
  alive: string
}

export type PythonCall = { function: 'preprocess'; value: HookValue } | { function: 'postprocess'; outputs: NamedTensor[] } | { function: 'reset' }

export type ToPython =
  | BootPython
  | { type: 'call'; id: number; call: PythonCall }
  /** The answer to a `run`. */
  | { type: 'ran'; id: number; outputs: NamedTensor[] }
  | { type: 'not-run'; id: number; error: PlainError }
  /** The whole standard library; null where it cannot be had. */
  | { type: 'library'; bytes: Uint8Array<ArrayBuffer> | null }

export type FromPython =
  /** The lock is held. */
  | { type: 'alive' }
  | { type: 'ready' }
  | { type: 'start-failed'; error: PlainError }
  | { type: 'feeds'; id: number; feeds: NamedTensor[] }
  | { type: 'result'; id: number; json: string }
  | { type: 'done'; id: number }
  /** `fatal`: the interpreter cannot be used any more. */
  | { type: 'failed'; id: number; error: PlainError; fatal: boolean }
  /** A hook imports a module that this site's library lacks. */
  | { type: 'library' }
  /** A hook asks for a model; it waits for the answer. */
  | { type: 'run'; id: number; model: string; feeds: NamedTensor[] }
