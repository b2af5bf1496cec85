/** Gets a site's files, each checked against its SHA-256 before anybody sees it, with progress in bytes on the wire. */
import { EdgewebError } from '../../shared/errors.js'
import { isIntact, type Store } from '../../shared/store.js'
import { arrive, noteKept, Refusal, type Arrival } from './arrival.js'
import type { Asset } from './asset.js'
import type { Requests } from './requests.js'

/** After this long without a byte of a file it is given up: a stalled connection never times out by itself. */
const STALL_MS = 22_000
/** A file that came damaged or was cut off is asked for again, after these pauses. */
const RETRY_AFTER_MS = [300, 1500]
/** Writing a runtime takes tenths of a second that the start needs more. */
const KEEP_AFTER_MS = 1500
/** Answers that asking again does not change. */
export const FINAL = new Set([401, 403, 404, 410, 451])

export class Downloads {
  /** Bytes on the wire so far, by path. */
  private readonly loaded = new Map<string, number>()
  private readonly began: number
  onProgress: (() => void) | undefined
  private readonly stop: AbortController

  /** @param begun what is on its way already. */
  constructor(
    private readonly base: string,
    private readonly store: Promise<Store | undefined>,
    private readonly begun?: Requests,
  ) {
    this.stop = begun?.stop ?? new AbortController()
    this.began = begun === undefined ? performance.now() : 0
  }

  /** Bytes on the wire so far of `assets`. */
  loadedOf(assets: readonly Asset[]): number {
    return assets.reduce((sum, { path }) => sum + (this.loaded.get(path) ?? 0), 0)
  }

  /** Bytes on the wire in a millisecond, as they came until now. */
  get rate(): number {
    const bytes = [...this.loaded.values()].reduce((sum, each) => sum + each, 0)
    return bytes / Math.max(1, performance.now() - this.began)
  }

  abort(reason: unknown): void {
    this.stop.abort(reason)
  }

  /** The checked bytes. */
  async bytes(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.get(asset, false))[0]
  }

  /** A .wasm, compiled from checked bytes. */
  async module(assets: Asset[]): Promise<WebAssembly.Module> {
    const [only] = assets
    if (only !== undefined && assets.length === 1) {
      const [bytes, arrival] = await this.get(only, true)
      this.keep(only, bytes)
      // What was compiled on the way is what was hashed, unless the bytes had to be fetched again.
      return (arrival.module ?? WebAssembly.compile(bytes)).catch(() => WebAssembly.compile(bytes))
    }
    const parts = await Promise.all(assets.map((asset) => this.bytes(asset)))
    for (const [i, asset] of assets.entries()) this.keep(asset, parts[i] as Uint8Array<ArrayBuffer>)
    return WebAssembly.compile(await new Blob(parts).arrayBuffer())
  }

  /** Into the store, when the start is over; no room is no fault of this visit, and the service worker tells the visitor. */
  private keep(asset: Asset, bytes: Uint8Array<ArrayBuffer>): void {
    noteKept(this.base)
    setTimeout(() => void this.store.then((store) => store?.write(asset, asset.path, bytes)).catch(() => undefined), KEEP_AFTER_MS)
  }

  private async get(asset: Asset, compile: boolean): Promise<[Uint8Array<ArrayBuffer>, Arrival]> {
    for (let attempt = 0; ; attempt++) {
      const arrival = this.early(asset) ?? arrive(asset, this.base, this.stop.signal, compile && attempt === 0, attempt > 0)
      const advance = (): void => {
        this.loaded.set(asset.path, (arrival.loaded * asset.wire) / asset.bytes)
        this.onProgress?.()
      }
      try {
        arrival.onLoaded = advance
        const bytes = await this.unstalled(asset, arrival)
        advance()
        if (await isIntact(bytes, asset)) return [bytes, arrival]
        throw new Refusal(200, 'it is not what was published')
      } catch (error) {
        const pause = RETRY_AFTER_MS[attempt]
        if (pause === undefined || !this.worthRetrying(error)) throw this.failure(asset, error)
        this.loaded.delete(asset.path)
        await (await this.store)?.forget(asset)
        await new Promise((done) => setTimeout(done, pause))
      }
    }
  }

  /** What index.html began, once: its bytes may be moved to a worker. */
  private early({ path }: Asset): Arrival | undefined {
    const found = this.begun?.files.get(path)
    this.begun?.files.delete(path)
    return found
  }

  private unstalled(asset: Asset, arrival: Arrival): Promise<Uint8Array<ArrayBuffer>> {
    return new Promise((resolve, reject) => {
      let seen = -1
      const timer = setInterval(() => {
        if (arrival.loaded > seen) return void (seen = arrival.loaded)
        reject(new EdgewebError('network', `${asset.path} stopped arriving.`, 'Check the connection and try again.'))
      }, STALL_MS / 2)
      arrival.bytes.then(resolve, reject).finally(() => clearInterval(timer))
    })
  }

  private worthRetrying(error: unknown): boolean {
    if (this.stop.signal.aborted || error instanceof EdgewebError) return false
    return !(error instanceof Refusal && FINAL.has(error.status))
  }

  private failure(asset: Asset, error: unknown): Error {
    if (error instanceof EdgewebError) return error
    const { reason, aborted } = this.stop.signal
    if (aborted) return reason instanceof Error ? reason : new EdgewebError('aborted', 'Loading was stopped.', 'Load it again.')
    if (error instanceof Refusal && error.status !== 200) {
      return new EdgewebError('network', `${asset.path} could not be loaded: ${error.message}.`, 'Try again in a moment.', { cause: error })
    }
    if (error instanceof Refusal) {
      return new EdgewebError('integrity', `${asset.path} arrived damaged and was not used: ${error.message}.`, 'Reload the page; if it stays, the site has to be put on its host again.')
    }
    return new EdgewebError('network', `${asset.path} could not be loaded.`, 'Check the connection and try again.', { cause: error })
  }
}
