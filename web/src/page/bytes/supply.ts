/** What a worker needs to boot, fetched once: later boots take it from memory and the store, also when the page has no network any more. */
import { EdgewebError } from '../../shared/errors.js'
import type { Manifest } from '../../shared/manifest.gen.js'
import type { Store } from '../../shared/store.js'
import { isKept, noteKept } from './arrival.js'
import type { Asset } from './asset.js'
import { Downloads } from './download.js'
import type { Flavour, FlavourName, Plan, Requests, TextAssets } from './requests.js'
import { isSealed } from '../seal.js'
import { askForWhole } from './whole.js'

/** Checked parts on their way. */
export interface Boot {
  flavour: FlavourName
  scripts: Promise<[worker: Uint8Array<ArrayBuffer>, glue: Uint8Array<ArrayBuffer>]>
  module: Promise<WebAssembly.Module>
  model: Shards
  /** What reads texts, where the model takes token ids. */
  text: Promise<[script: Uint8Array<ArrayBuffer>, tokenizer: Uint8Array<ArrayBuffer>]> | undefined
  /** What makes a draft the whole model: asked for by whoever has started it. `soon`: sooner than a draft would be of use. */
  rest: { shards: () => Shards; soon: () => boolean } | undefined
}

/** Shards as they arrive. They belong to whoever asked: they may be moved to a worker. */
export type Shards = ReadableStream<[index: number, shard: Uint8Array<ArrayBuffer>]>

/** What an interpreter is made from, on its way. */
export interface PythonBytes {
  script: Promise<Uint8Array<ArrayBuffer>>
  glue: Promise<Uint8Array<ArrayBuffer>>
  module: Promise<WebAssembly.Module>
  library: Promise<Uint8Array<ArrayBuffer>>
  api: Promise<Uint8Array<ArrayBuffer>>
  source: Promise<Uint8Array<ArrayBuffer>>
  packages: Promise<Uint8Array<ArrayBuffer>[]>
}

type Runtime = Pick<Boot, 'scripts' | 'module'>

const MODEL_AT_ONCE = 2
/** As long as the service worker may take to come into being. */
const WHOLE_MS = 20_000
const LOOK_AGAIN_MS = 500
/** A draft that better weights follow within this time is not worth a session of its own. */
export const SOON_MS = 1000

export class Supply {
  private readonly runtimes = new Map<FlavourName, Runtime>()
  /** Shards that the store would not take; Blobs, so that the browser may keep them out of memory. */
  private readonly kept = new Map<string, Blob>()
  private readonly arriving = new Map<string, Promise<unknown>>()
  private texts: NonNullable<Boot['text']> | undefined
  private own: PythonBytes | undefined
  private boots = 0
  private readonly downloads: Downloads
  private wanted: Asset[] = []
  private rests: Asset[] = []
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly base: string,
    private readonly release: string,
    readonly plan: Plan,
    readonly store: Promise<Store | undefined>,
    begun?: Requests,
  ) {
    this.downloads = new Downloads(base, store, begun)
    this.downloads.onProgress = () => this.listeners.forEach((report) => report())
  }

  /** Of what the first answer needs. */
  get progress(): { loaded: number; total: number } {
    return this.progressOf(this.wanted)
  }

  /** Of what a draft lacks. */
  get upgrade(): { loaded: number; total: number } {
    return this.progressOf(this.rests)
  }

  private progressOf(assets: readonly Asset[]): { loaded: number; total: number } {
    const total = wireOf(assets)
    return { loaded: Math.min(total, Math.round(this.downloads.loadedOf(assets))), total }
  }

  /** Several models may be loaded from one site; each hears of the bytes until it unsubscribes. */
  subscribe(report: () => void): () => void {
    this.listeners.add(report)
    return () => this.listeners.delete(report)
  }

  /** Whether no byte of `assets` has to come over the network. */
  async has(assets: readonly Asset[]): Promise<boolean> {
    // Looking in vain would hold every first visit up.
    if (!isKept(this.base)) return false
    const store = await this.store
    const found = await Promise.all(assets.map((asset) => this.kept.has(asset.path) || store?.has(asset)))
    return found.every(Boolean)
  }

  /**
   * @param model the shards of the variant to run; of these the first `draft` make a draft, and the others come when they are asked for.
   */
  boot(flavour: FlavourName, model: Asset[], draft = model.length): Boot {
    this.boots++
    const first = model.slice(0, draft)
    const rest = model.slice(draft)
    const found = this.plan.runtimes[flavour]
    if (found === undefined) throw new EdgewebError('usage', `This site has no ${flavour} runtime.`, "Use the backend 'auto'.")
    const { text } = this.plan
    this.want([found.worker, found.glue, ...found.wasm, ...first, ...(text ? [text.script, text.tokenizer] : [])])
    // Of several models the first alone has a draft.
    if (rest.length > 0) this.rests = rest
    const later = { shards: () => this.model(rest, draft), soon: () => wireOf(rest) < SOON_MS * this.downloads.rate }
    return { flavour, ...this.runtime(flavour, found), text: text && this.words(text), model: this.model(first, 0), rest: rest.length > 0 ? later : undefined }
  }

  /** The site's own Python, which nobody moves: the next model finds it here, when the page may have no network any more. */
  python(): PythonBytes {
    this.own ??= this.fetchPython()
    for (const part of Object.values(this.own)) (part as Promise<unknown>).catch(() => { this.own = undefined })
    return this.own
  }

  private fetchPython(): PythonBytes {
    const { python } = this.plan
    if (python === undefined) throw new EdgewebError('site-invalid', 'The site has no Python.', 'Build the site again.')
    const { worker, glue, wasm, library, api, source, packages } = python
    this.want([worker, glue, ...wasm, library, api, source, ...packages.flat()])
    const bytes = (asset: Asset): Promise<Uint8Array<ArrayBuffer>> => this.downloads.bytes(asset)
    const joined = async (shards: Asset[]): Promise<Uint8Array<ArrayBuffer>> => {
      const [only, ...more] = await Promise.all(shards.map(bytes))
      return only !== undefined && more.length === 0 ? only : new Uint8Array(await new Blob([only ?? '', ...more]).arrayBuffer())
    }
    return { script: bytes(worker), glue: bytes(glue), module: this.downloads.module(wasm), library: bytes(library), api: bytes(api), source: bytes(source), packages: Promise.all(packages.map(joined)) }
  }

  /** All of Python's standard library. */
  async wholeLibrary(manifest: Manifest): Promise<Uint8Array<ArrayBuffer>> {
    const [asset] = libraryOf(manifest)
    if (asset === undefined) throw new EdgewebError('site-invalid', 'The site has no Python.', 'Build the site again.')
    return this.late([asset], async (parts) => new Uint8Array(await parts.arrayBuffer()), () => this.downloads.bytes(asset))
  }

  /** The checked bytes of any file of the site. */
  file(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
    return this.downloads.bytes(asset)
  }

  abort(reason: unknown): void {
    this.downloads.abort(reason)
  }

  private want(assets: Asset[]): void {
    for (const asset of assets) if (!this.wanted.some(({ path }) => path === asset.path)) this.wanted.push(asset)
  }

  private words({ script, tokenizer }: TextAssets): NonNullable<Boot['text']> {
    const made = this.texts ?? Promise.all([this.downloads.bytes(script), this.downloads.bytes(tokenizer)])
    this.texts = made
    made.catch(() => { this.texts = undefined })
    return made
  }

  private runtime(name: FlavourName, { worker, glue, wasm }: Flavour): Runtime {
    const made = this.runtimes.get(name) ?? {
      // The whole runtime has the scripts of the one that was cut from it.
      scripts: (name === 'full' ? this.runtimes.get('wasm')?.scripts : undefined) ?? Promise.all([this.downloads.bytes(worker), this.downloads.bytes(glue)]),
      module: name === 'full' ? this.whole(wasm) : this.downloads.module(wasm),
    }
    this.runtimes.set(name, made)
    // What failed is tried anew by the next boot.
    for (const promise of [made.scripts, made.module]) promise.catch(() => this.runtimes.delete(name))
    return made
  }

  /** Before the network closes, where no service worker will fetch it later: what is needed when the cut runtime lacks a function, or the library a module. */
  async keepWhole(manifest: Manifest): Promise<void> {
    const { connection } = navigator as { connection?: { saveData?: boolean } }
    const { runtimes, variants } = this.plan
    // A runtime with the session in it came without the model.
    const model = runtimes.wasm.restores ? (variants[0]?.files ?? []) : []
    const assets = connection?.saveData === true ? [] : [...libraryOf(manifest), ...model, ...(runtimes.full?.wasm ?? [])]
    for (const asset of assets) this.kept.set(asset.path, new Blob([await this.downloads.bytes(asset)]))
  }

  private whole(assets: Asset[]): Promise<WebAssembly.Module> {
    return this.late(assets, async (parts) => WebAssembly.compile(await parts.arrayBuffer()), () => this.downloads.module(assets))
  }

  /** What few visits need, from the store or by `fetched`: where the page has no network any more, the service worker puts it into the store. */
  private async late<T>(assets: Asset[], made: (parts: Blob) => Promise<T>, fetched: () => Promise<T>): Promise<T> {
    const store = await this.store
    for (let waited = 0, asked = false; ; waited += LOOK_AGAIN_MS) {
      const parts = await Promise.all(assets.map((asset) => this.kept.get(asset.path) ?? store?.read(asset)))
      if (parts.every((part) => part !== undefined)) return made(new Blob(parts))
      const found = isSealed() ? undefined : await fetched().catch(unlessSealed)
      if (found !== undefined) return found
      if (store === undefined || asked || waited >= WHOLE_MS) throw new EdgewebError('network', 'A part of the site is needed that has not come, and the page has closed its network.', 'Reload the page.')
      asked = isSealed() && (await askForWhole(this.base, this.release))
      if (!asked) await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS))
    }
  }

  /** Two shards at a time: a visit that is cut off loses no more than what was on its way. One that fails lets the others arrive. */
  private model(assets: Asset[], offset: number): Shards {
    const waiting = [...assets.entries()]
    return new ReadableStream({
      start: async (arrived) => {
        const work = async (): Promise<void> => {
          for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) arrived.enqueue([offset + next[0], await this.shard(next[1])])
        }
        const workers = await Promise.allSettled(Array.from({ length: MODEL_AT_ONCE }, work))
        for (const worker of workers) if (worker.status === 'rejected') throw worker.reason
        arrived.close()
      },
    })
  }

  /** One after the other: what one has got is moved to its worker, and the next reads what was kept. */
  private async shard(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
    const got = Promise.resolve(this.arriving.get(asset.path)).then(() => this.obtain(asset))
    this.arriving.set(asset.path, got.then(({ kept }) => kept).catch(() => undefined))
    return (await got).bytes
  }

  private async obtain(asset: Asset): Promise<{ bytes: Uint8Array<ArrayBuffer>; kept?: Promise<unknown> }> {
    const blob = this.kept.get(asset.path)
    if (blob !== undefined) return { bytes: new Uint8Array(await blob.arrayBuffer()) }
    const store = await this.store
    const bytes = this.boots > 1 ? await store?.read(asset) : undefined
    if (bytes !== undefined) return { bytes }
    // A runtime with the session in it came without the model.
    return this.plan.runtimes.wasm.restores ? this.late([asset], async (parts) => ({ bytes: new Uint8Array(await parts.arrayBuffer()) }), () => this.fetch(asset, store)) : this.fetch(asset, store)
  }

  /** The checked bytes, and when they are kept for whoever asks next. */
  private async fetch(asset: Asset, store: Store | undefined): Promise<{ bytes: Uint8Array<ArrayBuffer>; kept: Promise<unknown> }> {
    const bytes = await this.downloads.bytes(asset)
    // The bytes themselves are moved to the worker; the browser keeps a Blob outside of the page's memory.
    const copy = new Blob([bytes])
    noteKept(this.base)
    const written = store === undefined ? Promise.reject(new Error('no store')) : store.write(asset, asset.path, copy)
    return { bytes, kept: written.catch(() => this.kept.set(asset.path, copy)) }
  }
}

/** The page closed its network meanwhile: what was fetched before that is kept. */
function unlessSealed(error: unknown): undefined {
  if (!isSealed()) throw error
}

function libraryOf({ files, python }: Manifest): Asset[] {
  const entry = files[python?.whole ?? '']
  return python == null || entry === undefined ? [] : [{ path: python.whole, bytes: entry.bytes, wire: entry.encodings?.['br'] ?? entry.bytes, sha256: entry.sha256 }]
}

function wireOf(assets: readonly Asset[]): number {
  return assets.reduce((sum, asset) => sum + asset.wire, 0)
}
