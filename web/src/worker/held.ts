/**
 * Runs a session so that outputs stay in the runtime's memory, and can be fed again from there: what a decoder keeps grows with
 * every token, and ONNX Runtime's own `run` would copy all of it out and in again.
 *
 * It calls the functions of ONNX Runtime's C interface as the core of onnxruntime-web does.
 */
import type { TensorLike, TensorType } from '../shared/api.js'

export type Named = Map<string, TensorLike>

/** A tensor that stays in the runtime, or on the GPU, until it is freed. */
export interface Held {
  readonly type: TensorLike['type']
  readonly dims: readonly number[]
  /** A copy, for a session that runs elsewhere. */
  read(): Promise<TensorLike>
  free(): void
}

export type Fed = ReadonlyMap<string, TensorLike | Held>

/** `outputs`: those that were not to be held. */
export interface Kept {
  outputs: Named
  held: Map<string, Held>
}

/** What the glue's module has of the runtime; memory may grow, so its view is asked for anew. */
export interface Runtime {
  readonly PTR_SIZE: number
  readonly HEAPU8: Uint8Array
  _malloc(bytes: number): number
  _free(at: number): void
  stackSave(): number
  stackRestore(at: number): void
  stackAlloc(bytes: number): number
  getValue(at: number, type: string): number
  lengthBytesUTF8(text: string): number
  stringToUTF8(text: string, at: number, most: number): void
  UTF8ToString(at: number): string
  _OrtCreateTensor(type: number, at: number, bytes: number, dims: number, rank: number, location: number): number
  _OrtGetTensorData(tensor: number, type: number, data: number, dims: number, rank: number): number
  _OrtReleaseTensor(tensor: number): number
  _OrtFree(at: number): number
  _OrtGetLastError(code: number, message: number): number
  _OrtRun(session: number, names: number, values: number, count: number, outputNames: number, outputs: number, outputValues: number, options: number): Promise<number> | number
}

/** ONNX's numbers for the types of elements, and the arrays that hold them. */
const TYPES: readonly (readonly [code: number, type: TensorType, array: new (buffer: ArrayBufferLike, at: number, length: number) => Exclude<TensorLike['data'], string[]>])[] = [
  [1, 'float32', Float32Array], [2, 'uint8', Uint8Array], [3, 'int8', Int8Array], [4, 'uint16', Uint16Array], [5, 'int16', Int16Array], [6, 'int32', Int32Array],
  [7, 'int64', BigInt64Array], [9, 'bool', Uint8Array], [10, 'float16', Uint16Array], [11, 'float64', Float64Array], [12, 'uint32', Uint32Array], [13, 'uint64', BigUint64Array],
]
const BY_CODE = new Map(TYPES.map(([code, type, array]) => [code, { type, array }]))
const CODES = new Map(TYPES.map(([code, type]) => [type, code]))
/** Bytes of an address, of a size and of an int. */
const WORD = 4
/** ONNX Runtime's number for the processor's memory. */
const CPU = 1

class InRuntime implements Held {
  private freed = false

  constructor(private readonly runtime: Runtime, readonly handle: number) {}

  get type(): TensorType {
    return described(this.runtime, this.handle).type
  }

  get dims(): readonly number[] {
    return described(this.runtime, this.handle).dims
  }

  read(): Promise<TensorLike> {
    const { type, dims, data } = described(this.runtime, this.handle)
    return Promise.resolve({ type, dims, data: data.slice() as TensorLike['data'] })
  }

  free(): void {
    if (this.freed) return
    this.freed = true
    this.runtime._OrtReleaseTensor(this.handle)
  }
}

/** Runs one session. */
export class Holder {
  /** Names in the runtime's memory, for as long as the session lives. */
  private readonly names = new Map<string, number>()

  /** @param session its handle. */
  constructor(private readonly runtime: Runtime, private readonly session: number, private readonly outputs: readonly string[]) {
    if (runtime.PTR_SIZE !== WORD) throw new Error('its runtime has addresses of another size')
  }

  async run(feeds: Fed, keep: ReadonlySet<string>): Promise<Kept> {
    const { runtime, outputs } = this
    const own: number[] = []
    const buffers: number[] = []
    let made: Uint32Array | undefined
    try {
      const values: number[] = []
      for (const given of feeds.values()) values.push(given instanceof InRuntime ? given.handle : this.fed('data' in given ? given : await given.read(), own, buffers))
      const all = [...[...feeds.keys(), ...outputs].map((name) => this.named(name)), ...values, ...outputs.map(() => 0)]
      const places = runtime._malloc(WORD * all.length)
      buffers.push(places)
      words(runtime, places, all.length).set(all)
      const at = (i: number): number => places + i * WORD
      const first = all.length - outputs.length
      const code = await runtime._OrtRun(this.session, at(0), at(feeds.size + outputs.length), feeds.size, at(feeds.size), outputs.length, at(first), 0)
      if (code !== 0) throw new Error(lastError(runtime))
      made = words(runtime, at(first), outputs.length).slice()
      return this.kept(made, keep)
    } catch (error) {
      for (const handle of made ?? []) if (handle !== 0) runtime._OrtReleaseTensor(handle)
      throw error
    } finally {
      for (const handle of own) runtime._OrtReleaseTensor(handle)
      for (const buffer of buffers) runtime._free(buffer)
    }
  }

  /** The session is gone. */
  free(): void {
    for (const at of this.names.values()) this.runtime._free(at)
    this.names.clear()
  }

  /** What is done with is 0 in `made`. */
  private kept(made: Uint32Array, keep: ReadonlySet<string>): Kept {
    const { runtime } = this
    const outputs: Named = new Map()
    const held = new Map<string, Held>()
    this.outputs.forEach((name, i) => {
      const handle = made[i] as number
      if (keep.has(name)) return void held.set(name, new InRuntime(runtime, handle))
      const { type, dims, data } = described(runtime, handle)
      outputs.set(name, { type, dims, data: data.slice() as TensorLike['data'] })
      runtime._OrtReleaseTensor(handle)
      made[i] = 0
    })
    return { outputs, held }
  }

  private named(name: string): number {
    const { runtime } = this
    const found = this.names.get(name)
    if (found !== undefined) return found
    const bytes = runtime.lengthBytesUTF8(name) + 1
    const at = runtime._malloc(bytes)
    runtime.stringToUTF8(name, at, bytes)
    this.names.set(name, at)
    return at
  }

  /** A tensor of the runtime's, with a copy of the data. */
  private fed({ type, dims, data }: TensorLike, own: number[], buffers: number[]): number {
    const { runtime } = this
    const code = CODES.get(type)
    if (code === undefined || Array.isArray(data)) throw new Error(`a tensor of ${type} cannot be fed here`)
    const buffer = runtime._malloc(Math.max(1, data.byteLength))
    buffers.push(buffer)
    runtime.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), buffer)
    const stack = runtime.stackSave()
    try {
      const shape = runtime.stackAlloc(WORD * Math.max(1, dims.length))
      words(runtime, shape, dims.length).set(dims)
      const handle = runtime._OrtCreateTensor(code, buffer, data.byteLength, shape, dims.length, CPU)
      if (handle === 0) throw new Error(lastError(runtime))
      own.push(handle)
      return handle
    } finally {
      runtime.stackRestore(stack)
    }
  }
}

/** A view that no longer holds after the next call. */
function words(runtime: Runtime, at: number, count: number): Uint32Array {
  // The glue looks whether the memory has grown: a thread may have done it.
  runtime.getValue(at, 'i8')
  return new Uint32Array(runtime.HEAPU8.buffer, at, count)
}

/** What a tensor of the runtime's is; `data` is a view that no longer holds after the next call. */
function described(runtime: Runtime, handle: number): { type: TensorType; dims: number[]; data: Exclude<TensorLike['data'], string[]> } {
  const stack = runtime.stackSave()
  try {
    const at = runtime.stackAlloc(4 * WORD)
    if (runtime._OrtGetTensorData(handle, at, at + WORD, at + 2 * WORD, at + 3 * WORD) !== 0) throw new Error(lastError(runtime))
    const [code, data, shape, rank] = words(runtime, at, 4) as unknown as [number, number, number, number]
    const dims = Array.from(words(runtime, shape, rank))
    runtime._OrtFree(shape)
    const found = BY_CODE.get(code)
    if (found === undefined) throw new Error('an output has a type that cannot be read here')
    const count = dims.reduce((product, size) => product * size, 1)
    return { type: found.type, dims, data: new found.array(runtime.HEAPU8.buffer, data, count) }
  } finally {
    runtime.stackRestore(stack)
  }
}

function lastError(runtime: Runtime): string {
  const stack = runtime.stackSave()
  try {
    const at = runtime.stackAlloc(2 * WORD)
    runtime._OrtGetLastError(at, at + WORD)
    const message = runtime.getValue(at + WORD, '*')
    return message === 0 ? 'the model could not be run' : runtime.UTF8ToString(message)
  } finally {
    runtime.stackRestore(stack)
  }
}
