/**
 * ONNX Runtime Web behind three functions: start it, make a session, run it. The only file that imports it.
 *
 * The import stands for three builds of it: web/build.mjs bundles this worker once for each.
 */
import * as ort from 'onnxruntime-web/wasm'
import type { TensorLike } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { Variant } from '../shared/manifest.gen.js'
import type { BackendName } from '../shared/protocol.js'
import { fromBase64 } from '../shared/tensors.js'
import { Holder, type Fed, type Held, type Kept, type Named, type Runtime } from './held.js'
import { failed } from './trap.js'
import type { OnnxFile } from '../shared/weights/parts.js'

// The builder's name for the file that the tensors of a large model point into.
const WEIGHTS = 'weights'

export type { Fed, Held, Kept, Named }

// The smallest model there is (one Identity): making a session of it initialises the runtime.
const TINY = 'CAcSADo3ChAKAXgSAXkiCElkZW50aXR5EgFnWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQDQ=='

/** Where the runtime's functions are to be found, once it runs: ONNX Runtime keeps them to itself. */
const RUNTIME = Symbol.for('edgeweb.runtime')

/** A module that gives what the glue gives, and shows it. */
function reached(glue: string): string {
  return `import make from '${glue}'; export default async (config) => (globalThis[Symbol.for('edgeweb.runtime')] = await make(config))`
}

/** By which ONNX Runtime's C interface knows a session. */
function handleOf(session: ort.InferenceSession): number {
  return (session as unknown as { handler: { sessionId: number } }).handler.sessionId
}

/** Say where the glue is and how many threads there will be; its script starts to load. */
export function configure(glue: string, threads: number): void {
  ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(new Blob([reached(glue)], { type: 'text/javascript' })) }
  ort.env.wasm.numThreads = threads
  ort.env.logLevel = 'error'
  // ONNX Runtime imports the same URL later and then finds it loaded; if this fails, that will say why.
  import(glue).catch(() => undefined)
}

/**
 * Initialise ONNX Runtime with an already compiled module.
 *
 * It knows only URLs and binaries; a binary would lose the browser's compiled-code cache and a URL would need network in
 * the worker. So it gets an empty binary, and the one call that would compile it instantiates our module instead.
 */
export async function initialise(module: WebAssembly.Module, modelIsThere: boolean, onImports: (imports: WebAssembly.Imports | undefined) => void): Promise<void> {
  const original = WebAssembly.instantiate.bind(WebAssembly)
  const withModule = async (_: BufferSource, imports?: WebAssembly.Imports): Promise<WebAssembly.WebAssemblyInstantiatedSource> => {
    WebAssembly.instantiate = original
    onImports(imports)
    return { module, instance: await original(module, imports) }
  }
  WebAssembly.instantiate = withModule as typeof WebAssembly.instantiate
  ort.env.wasm.wasmBinary = new Uint8Array(8)
  // Otherwise the model's own session does it.
  if (!modelIsThere) await Session.create({ graph: fromBase64(TINY) }, 'disabled', 'wasm')
}

export class Session {
  private holder: Holder | undefined

  private constructor(private readonly session: ort.InferenceSession, private readonly onGpu: boolean) {}

  /** @param keep the outputs that will be held: on a GPU they stay there. */
  static async create({ graph, weights }: OnnxFile, level: Variant['graphOptimization'], backend: BackendName, keep: readonly string[] = []): Promise<Session> {
    const onGpu = backend === 'webgpu' && keep.length > 0
    try {
      return new Session(
        await ort.InferenceSession.create(graph, {
          executionProviders: [backend === 'webnn' ? { name: 'webnn', deviceType: 'gpu' } : backend],
          graphOptimizationLevel: level,
          logSeverityLevel: 3,
          ...(weights && { externalData: [{ path: WEIGHTS, data: weights }] }),
          ...(onGpu && { preferredOutputLocation: Object.fromEntries(keep.map((name) => [name, 'gpu-buffer'])) }),
        }),
        onGpu,
      )
    } catch (error) {
      throw fromRuntime(error, 'The model could not be started')
    }
  }

  async release(): Promise<void> {
    this.holder?.free()
    await this.session.release().catch(() => undefined)
  }

  /** As `run`, but the outputs called `keep` stay where they are. */
  async hold(feeds: Fed, keep: ReadonlySet<string>): Promise<Kept> {
    const runtime = (globalThis as { [RUNTIME]?: Runtime })[RUNTIME]
    try {
      if (this.onGpu) return await this.held(feeds, keep)
      if (runtime === undefined) throw new Error('its runtime cannot be reached')
      this.holder ??= new Holder(runtime, handleOf(this.session), this.session.outputNames)
      return await this.holder.run(feeds, keep)
    } catch (error) {
      throw fromRuntime(error, 'The model could not be run on this input')
    }
  }

  async run(feeds: Named): Promise<Named> {
    try {
      return (await this.held(feeds, new Set())).outputs
    } catch (error) {
      throw fromRuntime(error, 'The model could not be run on this input')
    }
  }

  private async held(feeds: Fed, keep: ReadonlySet<string>): Promise<Kept> {
    // Without a prototype a feed may have any name at all, `__proto__` included.
    const tensors = Object.create(null) as Record<string, ort.Tensor>
    for (const [name, given] of feeds) {
      if (given instanceof OnGpu) tensors[name] = given.tensor
      else {
        const { type, dims, data } = 'data' in given ? given : await given.read()
        tensors[name] = new ort.Tensor(type, data as Float32Array, dims)
      }
    }
    const found = await this.session.run(tensors)
    const kept: Kept = { outputs: new Map(), held: new Map() }
    for (const name of this.session.outputNames) {
      const tensor = found[name]
      if (tensor === undefined) continue
      if (keep.has(name)) kept.held.set(name, new OnGpu(tensor))
      else kept.outputs.set(name, await likeOf(tensor))
    }
    return kept
  }
}

/** One that ONNX Runtime keeps: what is empty it leaves to the processor. */
class OnGpu implements Held {
  constructor(readonly tensor: ort.Tensor) {}

  get type(): TensorLike['type'] {
    return this.tensor.type as TensorLike['type']
  }

  get dims(): readonly number[] {
    return this.tensor.dims
  }

  read(): Promise<TensorLike> {
    return likeOf(this.tensor)
  }

  free(): void {
    this.tensor.dispose()
  }
}

async function likeOf(tensor: ort.Tensor): Promise<TensorLike> {
  const data = tensor.location === 'cpu' ? tensor.data : await tensor.getData()
  return { type: tensor.type as TensorLike['type'], dims: tensor.dims, data: data as TensorLike['data'] }
}

/** Calls back when the GPU that ONNX Runtime uses is lost: every session on it is dead then. */
export async function onDeviceLost(callback: (reason: string) => void): Promise<void> {
  const device = (await ort.env.webgpu.device) as unknown as { lost: Promise<{ message: string }> } | undefined
  const lost = await device?.lost
  if (lost !== undefined) callback(lost.message)
}

/** ONNX Runtime throws strings, numbers (out of memory) and Errors; people get a sentence. */
function fromRuntime(error: unknown, what: string): EdgewebError {
  if (error instanceof EdgewebError) return error
  failed()
  const text = error instanceof Error ? error.message : String(error)
  const memory = /out of memory|bad_alloc|integer overflow|Aborted\(|allocat|^\d+$|memory access out of bounds/i.test(text)
  const reason = text.replace(/^.*ERROR_MESSAGE: /s, '').replace(/\/\S+\/(\w+\.(cc|h)):\d+ /g, '').slice(0, 300)
  return memory
    ? new EdgewebError('memory', `${what}: this device has too little memory for it.`, 'Close other tabs, or use a smaller input.', { cause: error })
    : new EdgewebError('runtime', `${what}: ${reason}`, 'Check the shapes and values of the input.', { cause: error })
}
