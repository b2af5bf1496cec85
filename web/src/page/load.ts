/** `load()`: from a site's address to a model that runs. */
import type { Backend, CallOptions, Feeds, LoadOptions, Model, Outputs, Phase, PredictInput, PredictOptions, Release, Result } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { Manifest } from '../shared/manifest.gen.js'
import { Client } from './run/client.js'
import { Hooks, partOf } from './python/hooks.js'
import { checkedOptions } from './options.js'
import { payloadOf } from './payload.js'
import { leaveSite, openSite, reloadOnce, started, type Site } from './site.js'
import { ModelStarter } from './run/starter.js'
import { Gallery } from './gallery.js'
import { checkedThreads } from './run/threads.js'

/**
 * Load the model of the site at `siteUrl` (default: where this file came from).
 *
 * Rejects with an `EdgewebError`; `signal` stops the loading, and everything it started.
 */
export async function load(siteUrl: string | URL = defaultSite(), options: LoadOptions = {}): Promise<Model> {
  return loadSite(siteBase(siteUrl), options)
}

/** `load()` for the element, which wants the site before the model is there. */
export async function loadSite(base: URL, options: LoadOptions, onSite?: (site: Site) => void): Promise<Model> {
  const { signal, onProgress, backend = 'auto' } = options
  const threads = { usual: checkedThreads(options.threads), asked: options.threads !== undefined }
  if (signal?.aborted) throw stopped()
  const site = await abortable(openSite(base), signal)
  site.users++
  onSite?.(site)
  const { supply, manifest } = site
  let loading = true
  const report = (phase: Phase): void => {
    // A worker that replaces another one later has its own phases, which nobody waits for.
    if (!loading) return
    const { loaded, total } = supply.progress
    onProgress?.({ phase, loaded: phase === 'download' ? loaded : total, total })
  }
  const unsubscribe = supply.subscribe(() => (loading ? report('download') : onProgress?.({ phase: 'upgrade', ...supply.upgrade })))
  const starter = new ModelStarter(site, backend, threads, () => report('download'))
  const client = new Client(starter, report)
  const clients = new Map([[manifest.hooks?.model ?? '', client]])
  for (const name of manifest.hooks == null ? [] : Object.keys(manifest.models ?? {})) clients.set(name, new Client(new ModelStarter({ ...site, manifest: partOf(manifest, name) }, 'auto', threads, () => undefined), () => undefined))
  const hooks = manifest.hooks == null ? undefined : new Hooks(site, manifest.hooks, clients)
  const gallery = manifest.gallery == null ? undefined : Gallery.open(site, manifest.gallery)
  // What fails of these is told where it is used.
  gallery?.catch(() => undefined)
  const starting = hooks?.start()
  starting?.catch(() => undefined)
  try {
    const running = await abortable(client.start(), signal)
    started()
    void starter.note(running.name)
    report('ready')
    loading = false
    if (!running.draft) unsubscribe()
    else client.upgraded.then(() => onProgress?.({ phase: 'upgraded', loaded: supply.upgrade.total, total: supply.upgrade.total }), () => undefined).finally(unsubscribe)
    const others = [...clients.values()].filter((other) => other !== client).map((other) => other.start())
    site.pending = [starting, gallery, ...others].map((part) => Promise.resolve(part).catch(() => undefined))
    return new LoadedModel(manifest, { id: manifest.release, ...site.seat }, running, starter.leftOut, clients, hooks, gallery)
  } catch (error) {
    loading = false
    unsubscribe()
    hooks?.close()
    for (const each of clients.values()) each.close()
    leaveSite(site, error)
    if (await wasReplaced(site, error)) return await reloadOnce()
    throw error
  }
}

/** Whether the host has another release by now: the files of this one are gone. */
async function wasReplaced({ base, manifest, early }: Site, error: unknown): Promise<boolean> {
  if (early === undefined || !(error instanceof EdgewebError) || (error.code !== 'network' && error.code !== 'integrity')) return false
  const text = await fetch(new URL('edgeweb.json', base), { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(5000) }).then((response) => response.text(), () => '')
  return text.includes('"release"') && !text.includes(`"release": "${manifest.release}"`)
}

/** Rejects as soon as `signal` says so. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(stopped())
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

class LoadedModel implements Model {
  private readonly client: Client

  constructor(
    readonly manifest: Manifest,
    readonly release: Release,
    private readonly first: Backend,
    private readonly leftOut: readonly string[],
    private readonly clients: ReadonlyMap<string, Client>,
    private readonly hooks: Hooks | undefined,
    private readonly gallery: Promise<Gallery> | undefined,
  ) {
    this.client = clients.get(manifest.hooks?.model ?? '') as Client
  }

  get backend(): Backend {
    const found = this.client.backend ?? this.first
    return { ...found, why: [...this.leftOut, ...found.why] }
  }

  get upgraded(): Promise<Backend> {
    return this.client.upgraded
  }

  async run(feeds: Feeds, { signal }: CallOptions = {}): Promise<Outputs> {
    const answer = await this.client.call(() => Promise.resolve({ kind: 'run', feeds: Object.entries(feeds) }), signal)
    if ('outputs' in answer) return answer.outputs
    throw new EdgewebError('runtime', 'The worker gave a result instead of outputs.', 'Reload the page.')
  }

  async predict(input: PredictInput, given: PredictOptions = {}): Promise<Result> {
    const { signal, stream, onPart, onText, ...options } = checkedOptions(given)
    if (this.hooks !== undefined) return this.hooks.predict(input, signal)
    const writing = this.manifest.writer == null ? undefined : { ...(onText && { onText }) }
    const answer = await this.client.call(() => payloadOf(input, this.manifest, stream, options), signal, writing, onPart)
    if ('result' in answer) return this.gallery === undefined ? answer.result : (await this.gallery).matched(answer.result)
    throw new EdgewebError('runtime', 'The worker gave outputs instead of a result.', 'Reload the page.')
  }

  async reset(): Promise<void> {
    await this.hooks?.reset()
    if (this.hooks === undefined) await this.client.call(() => Promise.resolve({ kind: 'reset' }))
  }

  async close(): Promise<void> {
    this.hooks?.close()
    for (const client of this.clients.values()) client.close()
    return Promise.resolve()
  }
}

function stopped(): EdgewebError {
  return new EdgewebError('aborted', 'Loading was stopped.', 'Load it again.')
}

/** The folder of a site by its address, which may lack the last slash or name a file in it. */
export function siteBase(siteUrl: string | URL): URL {
  try {
    const url = new URL(siteUrl, document.baseURI)
    return new URL('.', url.pathname.endsWith('/') || /\.[a-z]+$/i.test(url.pathname) ? url : `${url.href}/`)
  } catch (error) {
    throw new EdgewebError('usage', `${String(siteUrl)} is not an address.`, 'Give the address of the site folder.', { cause: error })
  }
}

/** The site that this module is of, see `checkedModule()`. */
export function defaultSite(): URL {
  return new URL(new URL(import.meta.url).hash.slice(1))
}
