/** `load()`: from a site's address to a model that runs. */
import type { Backend, CallOptions, Feeds, LoadOptions, Model, Outputs, Phase, PredictInput, Result, Row } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { Manifest } from '../shared/manifest.gen.js'
import type { Payload } from '../shared/protocol.js'
import { Client } from './client.js'
import { takeEarly } from './early.js'
import { Launch } from './launch.js'
import type { Asset, Plan } from './requests.js'
import { readManifest, requestManifest } from './site.js'
import { chooseThreads } from './threads.js'

/**
 * Load the model of the site at `siteUrl` (default: where this file came from).
 *
 * Rejects with an `EdgewebError`; `signal` stops the loading, and everything it started.
 */
export async function load(siteUrl: string | URL = defaultSite(), options: LoadOptions = {}): Promise<Model> {
  return loadSite(siteBase(siteUrl), options)
}

/** `load()` for the element, which wants the manifest before the model is there. */
export async function loadSite(base: URL, options: LoadOptions, onManifest?: (manifest: Manifest) => void): Promise<Model> {
  const { signal, onProgress } = options
  if (signal?.aborted) throw new EdgewebError('aborted', 'Loading was stopped.', 'Load it again.')
  const early = takeEarly(base)
  const reading = readManifest(base, early?.manifest ?? requestManifest(base, signal), signal)
  reading.catch((error: unknown) => early?.launch.cancel(error instanceof Error ? error : new Error(String(error))))
  const manifest = await reading
  onManifest?.(manifest)
  const threads = checkedThreads(options.threads)
  chooseBackend(manifest, options.backend ?? 'auto')
  const plan = makePlan(base, manifest)
  let launch = early?.launch
  if (launch !== undefined && launch.threads !== threads) {
    launch.cancel(new EdgewebError('aborted', 'Loading started again with other options.', 'Nothing is to be done.'))
    launch = undefined
  }
  const report = (phase: Phase): void => {
    if (launch === undefined) return
    const { loaded, total } = launch.downloads
    onProgress?.({ phase, loaded: phase === 'download' ? Math.round(loaded) : total, total })
  }
  const client = new Client((again) => {
    // The bytes went into the worker before; a replacement gets them from the browser's cache.
    if (again || launch === undefined) launch = new Launch(plan, threads)
    launch.downloads.onProgress = () => report('download')
    report('download')
    return launch
  }, manifest, report)
  const onAbort = (): void => client.close(new EdgewebError('aborted', 'Loading was stopped.', 'Load it again.'))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const backend = await client.start()
    report('ready')
    return new LoadedModel(manifest, backend, client)
  } catch (error) {
    client.close()
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

class LoadedModel implements Model {
  constructor(
    readonly manifest: Manifest,
    readonly backend: Backend,
    private readonly client: Client,
  ) {}

  async run(feeds: Feeds, { signal }: CallOptions = {}): Promise<Outputs> {
    const answer = await this.client.call({ kind: 'run', feeds: Object.entries(feeds) }, signal)
    if ('outputs' in answer) return answer.outputs
    throw new EdgewebError('runtime', 'The worker gave a result instead of outputs.', 'Reload the page.')
  }

  async predict(input: PredictInput, { signal }: CallOptions = {}): Promise<Result> {
    const answer = await this.client.call(await toPayload(input), signal)
    if ('result' in answer) return answer.result
    throw new EdgewebError('runtime', 'The worker gave outputs instead of a result.', 'Reload the page.')
  }

  async close(): Promise<void> {
    this.client.close()
    return Promise.resolve()
  }
}

async function toPayload(input: PredictInput): Promise<Payload> {
  if (typeof input === 'string') return { kind: 'text', text: input }
  if (input instanceof Float32Array) return { kind: 'numbers', numbers: input }
  if (input instanceof ImageBitmap || input instanceof ImageData) return { kind: 'image', image: input }
  // Decoded here, off the main thread by the browser itself: a Blob's way into a worker takes milliseconds.
  if (input instanceof Blob) return { kind: 'image', image: await bitmap(input, 'This file is not a picture that the browser can read.', 'Try a JPEG, PNG or WebP.'), moved: true }
  if (input instanceof HTMLImageElement || input instanceof HTMLCanvasElement) {
    return { kind: 'image', image: await bitmap(input, 'The picture has not loaded, or has no size.', 'Wait until it is shown, then try again.'), moved: true }
  }
  if (isRow(input)) return { kind: 'row', row: input }
  throw new EdgewebError('input', 'predict() cannot use this kind of input.', 'Give a picture, numbers, text or a row object.')
}

async function bitmap(input: ImageBitmapSource, message: string, hint: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(input)
  } catch (error) {
    throw new EdgewebError('input', message, hint, { cause: error })
  }
}

function isRow(input: unknown): input is Row {
  return typeof input === 'object' && input !== null && !Array.isArray(input) && !ArrayBuffer.isView(input)
}

/** The files that must arrive, from the manifest: the same plan that the builder wrote into index.html. */
function makePlan(base: URL, manifest: Manifest): Plan {
  const asset = (path: string): Asset => {
    const entry = manifest.files[path]
    if (entry === undefined) throw new EdgewebError('site-invalid', `The manifest does not list ${path}.`, 'Build the site again.')
    return { path, bytes: entry.bytes, wire: entry.encodings?.['br'] ?? entry.bytes, sha256: entry.sha256 }
  }
  const runtime = manifest.runtimes['wasm']?.files ?? []
  const wasm = runtime.find((path) => path.endsWith('.wasm'))
  const glue = runtime.find((path) => path.endsWith('.mjs'))
  if (wasm === undefined || glue === undefined) throw new EdgewebError('site-invalid', 'The site has no runtime.', 'Build the site again.')
  return { base: base.href, worker: manifest.worker, glue, wasm: asset(wasm), model: (manifest.variants[0]?.files ?? []).map(asset) }
}

function chooseBackend(manifest: Manifest, wanted: NonNullable<LoadOptions['backend']>): void {
  const offered = manifest.variants[0]?.backends ?? []
  if (wanted !== 'auto' && !offered.includes(wanted)) {
    throw new EdgewebError('usage', `This site was not built for the ${wanted} backend.`, `Use 'auto', or one of: ${offered.join(', ')}.`)
  }
}

function checkedThreads(wanted: number | undefined): number {
  if (wanted !== undefined && (!Number.isInteger(wanted) || wanted < 1 || wanted > 64)) {
    throw new EdgewebError('usage', 'threads is not a whole number from 1 to 64.', 'Leave it out for a good default.')
  }
  return chooseThreads(wanted)
}

function siteBase(siteUrl: string | URL): URL {
  try {
    const url = new URL(siteUrl, document.baseURI)
    return new URL('.', url.pathname.endsWith('/') || /\.[a-z]+$/i.test(url.pathname) ? url : `${url.href}/`)
  } catch (error) {
    throw new EdgewebError('usage', `${String(siteUrl)} is not an address.`, 'Give the address of the site folder.', { cause: error })
  }
}

function defaultSite(): URL {
  // This module lives in assets/; the site is the folder above.
  return new URL('../', import.meta.url)
}
