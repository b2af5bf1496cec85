/** Values, feeds and results across JavaScript and Python: each array is written once into Python's memory, and copied out once. */
import type { TensorLike } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { BootPython, HookValue, NamedTensor, PythonCall } from '../shared/python.js'
import { arrayFor } from '../shared/tensors.js'
import type { TensorType } from '../shared/manifest.gen.js'
import type { PyBuffer, PyCallable, PyodideAPI, PyProxy } from './interpreter.js'

/** What Python's `Bridge` (builder/edgeweb/hooks_api/browser.py) looks like from here. */
interface Bridge extends PyProxy {
  allocate(size: number): PyBuffer
  image(pixels: PyProxy, height: number, width: number): PyProxy
  audio(samples: PyProxy, rate: number): PyProxy
  file(data: PyProxy): PyProxy
  text(text: string): string
  row(json: string): PyProxy
  outputs(tensors: unknown[]): PyProxy
  install(archive: PyProxy): void
  attempt: PyCallable
  arrived(): void
}

export type Run = (model: string, feeds: NamedTensor[]) => Promise<NamedTensor[]>

type Answer = PyProxy & { get(index: number): unknown }
/** What can be handed over more than once: a bitmap is closed when it has been read. */
type LastingValue = Exclude<HookValue, { kind: 'image' }> | { kind: 'image'; image: ImageData }
type LastingCall = Exclude<PythonCall, { function: 'preprocess' }> | { function: 'preprocess'; value: LastingValue }

type Answered = { feeds: NamedTensor[] } | { json: string } | undefined

/** Where Pyodide puts the standard library. */
const LIBRARY = '/lib/python314.zip'

/** `reset`, `preprocess`: what is before the first answer. */
const REMEMBERED = 2

/** Python could not wait for a module of the library that it imported, whatever it made of that. */
class NotYet extends Error {}

/** With promise integration a hook without `async` can wait for a model. */
const JSPI = 'Suspending' in WebAssembly

export class PythonBridge {
  private readonly bridge: Bridge

  private coming: Promise<void> | undefined
  private source = ''
  /** The calls since the hooks were imported, for as long as they are few and one may have to begin again. */
  private earlier: readonly LastingCall[] | undefined = []

  /** @param whole the standard library in full, for imports that the site's own lacks. */
  constructor(private readonly python: PyodideAPI, { name, labels, metadata, models, numpy, packages }: BootPython, run: Run, private readonly whole: () => Promise<Uint8Array<ArrayBuffer>>) {
    const { Bridge } = python.pyimport('edgeweb.hooks_api.browser') as { Bridge: (about: string, run: unknown, whole: unknown) => Bridge }
    const ask = async (model: string, feeds: PyProxy): Promise<unknown[]> => this.handOver(await run(model, takeOut(feeds)))
    this.bridge = Bridge(JSON.stringify({ name, labels, metadata, models, numpy }), ask, () => this.complete())
    for (const archive of packages) {
      const written = this.written(archive)
      this.bridge.install(written)
      written.destroy()
    }
  }

  /** Import the hooks. */
  async load(source: string): Promise<void> {
    this.source = source
    await this.settled(() => this.attempt('load', source))
  }

  async call(asked: PythonCall): Promise<Answered> {
    const call = await lasting(asked)
    const { earlier } = this
    try {
      return await this.settled(() => this.perform(call), () => this.restore(earlier))
    } finally {
      this.earlier = earlier !== undefined && earlier.length < REMEMBERED && this.coming === undefined ? [...earlier, call] : undefined
    }
  }

  /** What `work` comes to; where it asked in vain for a part of the library, all of it again once that is there. */
  private async settled<T>(work: () => Promise<T>, restore?: () => Promise<void>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof NotYet)) throw error
    }
    await this.complete()
    await restore?.()
    return work()
  }

  /** Make what the module keeps what it was before the call, by doing anew all that it did before; what failed fails again. */
  private async restore(earlier: readonly LastingCall[] | undefined): Promise<void> {
    if (earlier === undefined) return
    await this.attempt('load', this.source)
    for (const call of earlier) await this.perform(call).catch(() => undefined)
  }

  private async perform(call: LastingCall): Promise<Answered> {
    if (call.function === 'reset') return void (await this.attempt('reset'))
    const given = call.function === 'preprocess' ? this.value(call.value) : this.bridge.outputs(this.handOver(call.outputs))
    try {
      const found = await this.attempt(call.function, given)
      if (typeof found === 'string') return { json: found }
      const feeds = takeOut(found as PyProxy)
      ;(found as PyProxy).destroy()
      return { feeds }
    } finally {
      if (typeof given !== 'string') given.destroy()
    }
  }

  private async attempt(name: string, ...given: unknown[]): Promise<unknown> {
    const { attempt } = this.bridge
    const answer = (await (JSPI ? attempt.callPromising(name, ...given) : (attempt(name, ...given) as unknown))) as Answer
    const [right, found] = [answer.get(0), answer.get(1)]
    answer.destroy()
    if (right === true) return found
    if (right === undefined) throw new NotYet()
    const { what, why, hint, text } = JSON.parse(String(found)) as Record<'what' | 'why' | 'hint' | 'text', string>
    throw new EdgewebError('hook', `${what}. ${why}.`, `${hint}.`, { details: text })
  }

  /** Put the whole library in the place of the site's own. */
  private complete(): Promise<void> {
    this.coming ??= this.whole().then((bytes) => {
      this.python.FS.writeFile(LIBRARY, bytes)
      this.bridge.arrived()
    })
    this.coming.catch(() => { this.coming = undefined })
    return this.coming
  }

  /** What the hook gets. */
  private value(value: LastingValue): PyProxy | string {
    const { bridge } = this
    switch (value.kind) {
      case 'text': return value.text
      case 'row': return bridge.row(JSON.stringify(value.row))
      case 'file': return consumed(this.written(value.bytes), (data) => bridge.file(data))
      case 'audio': return consumed(this.written(bytesOf(value.samples)), (data) => bridge.audio(data, value.rate))
      case 'image': {
        const { data, width, height } = value.image
        const rgb = this.filled(width * height * 3, (memory) => {
          for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
            memory[to] = data[from] as number
            memory[to + 1] = data[from + 1] as number
            memory[to + 2] = data[from + 2] as number
          }
        })
        return consumed(rgb, (memory) => bridge.image(memory, height, width))
      }
    }
  }

  /** Tensors as Python's `outputs` takes them. */
  private handOver(tensors: NamedTensor[]): unknown[] {
    return tensors.map(([name, { type, dims, data }]) => [name, type, dims, Array.isArray(data) ? data : this.written(bytesOf(data))])
  }

  private written(bytes: Uint8Array): PyBuffer {
    return this.filled(bytes.length, (memory) => memory.set(bytes))
  }

  /** New memory of Python's, filled at once: growth of the memory later detaches every view of it. */
  private filled(size: number, fill: (memory: Uint8Array) => void): PyBuffer {
    const made = this.bridge.allocate(size)
    const view = made.getBuffer('u8')
    fill(view.data as Uint8Array)
    view.release()
    return made
  }
}

async function lasting(call: PythonCall): Promise<LastingCall> {
  if (call.function !== 'preprocess') return call
  const { value } = call
  return { ...call, value: value.kind === 'image' ? { kind: 'image', image: await pixels(value.image) } : value }
}

/** Python's object made from another, which JavaScript then lets go. */
function consumed(data: PyProxy, make: (data: PyProxy) => PyProxy): PyProxy {
  const made = make(data)
  data.destroy()
  return made
}

/** Feeds out of Python: each one's bytes are copied, since the memory they lie in cannot be moved to another worker. */
function takeOut(feeds: PyProxy): NamedTensor[] {
  const found: NamedTensor[] = []
  for (const feed of feeds as PyProxy & Iterable<PyProxy & { get(index: number): unknown }>) {
    const type = feed.get(1) as TensorType
    const shape = feed.get(2) as PyProxy
    const dims = shape.toJs() as number[]
    const data = feed.get(3) as PyBuffer
    found.push([feed.get(0) as string, { type, dims, data: elements(type, data) }])
    for (const proxy of [shape, data, feed]) proxy.destroy()
  }
  return found
}

function elements(type: TensorType, data: PyBuffer): TensorLike['data'] {
  if (type === 'string') return data.toJs() as string[]
  const view = data.getBuffer('u8')
  const copied = arrayFor(type, view.data as Uint8Array)
  view.release()
  return copied
}

function bytesOf(data: Exclude<TensorLike['data'], string[]>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** A picture's pixels on white, as pictures without transparency are everywhere. */
async function pixels(image: ImageBitmap | ImageData): Promise<ImageData> {
  const bitmap = image instanceof ImageData ? await createImageBitmap(image) : image
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (context === null) throw new EdgewebError('unsupported-browser', 'This browser cannot read pictures in a worker.', 'Use a current browser.')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return context.getImageData(0, 0, width, height)
}
