/**
 * A site's files by content, in Cache Storage: what the page and the service worker share.
 *
 * Cache Storage and not OPFS: the service worker answers straight from it, and only a response that comes through a service
 * worker keeps Chromium's compiled code (a repeat visit's session was ready after 300 instead of 430 ms, MiniLM).
 * Nothing in it is trusted: whoever reads hashes. Browsers keep flipped and truncated bodies without a word.
 */
import type { Manifest } from './manifest.gen.js'

/** What must be known of a file to fetch and check it. */
export interface Known {
  bytes: number
  sha256: string
}

/** How a visitor came to a release. `arm`: of an experiment. */
export interface Seat {
  channel: 'stable' | 'canary' | 'experiment'
  arm?: string
}

/** Which release a page that is open got, by the browser's id of it, and when (milliseconds since 1970). */
export type Pins = Record<string, { release: string; at: number }>

/** Which release this site's pages get. Written as a whole, so a switch is one write. */
export interface State {
  /** The release that new pages get. */
  current?: string
  /** The release before; its files are kept for going back. */
  previous?: string
  /** Fetched in full and checked; the next page that opens gets it. */
  next?: string
  /** A release that the visitor went back from: never taken again by itself. */
  refused?: string
  /** The highest number of channels.json that was obeyed; there where the host has several releases. */
  number?: number
  /** The releases that it revokes: never taken, whatever was under way before. */
  revoked?: string[]
  /** What draws this visitor's arm; it never leaves the device. */
  visitor?: string
  /** Whom the release that came last names as its signers: where its manifest is lost or it was revoked, the next one still needs them. */
  signers?: string[]
  /** How the visitor came to these releases, where they are not simply the stable one. */
  seats?: Record<string, Seat>
}

const TYPES: Record<string, string> = {
  js: 'text/javascript', mjs: 'text/javascript', json: 'application/json', html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', wasm: 'application/wasm',
  svg: 'image/svg+xml', png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif', webmanifest: 'application/manifest+json',
  txt: 'text/plain; charset=utf-8', md: 'text/plain; charset=utf-8', csv: 'text/csv; charset=utf-8', wav: 'audio/wav', mp3: 'audio/mpeg', ogg: 'audio/ogg', flac: 'audio/flac', ts: 'text/plain; charset=utf-8',
}

export function contentType(path: string): string {
  return TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
}

export class Store {
  private constructor(
    private readonly cache: Cache,
    private readonly base: string,
  ) {}

  /** The store of the site at `base`, or undefined where there is none (plain http, private windows of some browsers). An `existing` one is not made anew. */
  static async open(base: string, which: 'existing' | 'new' = 'new'): Promise<Store | undefined> {
    const name = storeName(base)
    const open = async (): Promise<Store> => new Store(await caches.open(name), base)
    try {
      if (which === 'new') return await open()
      return await exclusively(name, async () => ((await caches.has(name)) ? open() : undefined))
    } catch {
      return undefined
    }
  }

  static async destroy(base: string): Promise<void> {
    const name = storeName(base)
    await exclusively(name, () => caches.delete(name))
  }

  /** The stored response, unchecked. */
  async response(file: Known): Promise<Response | undefined> {
    return this.cache.match(this.key(file.sha256))
  }

  async has(file: Known): Promise<boolean> {
    return (await this.cache.keys(this.key(file.sha256))).length > 0
  }

  /** The checked bytes; an entry that does not hash to its name is deleted, and counts as missing. */
  async read(file: Known): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const response = await this.response(file)
    if (response === undefined) return undefined
    const bytes = new Uint8Array(await response.arrayBuffer().catch(() => new ArrayBuffer(0)))
    if (await isIntact(bytes, file)) return bytes
    await this.forget(file)
    return undefined
  }

  /** Keep checked bytes. Rejects when the device has no room; then nothing is left behind. One writer a file, across tabs. */
  async write(file: Known, path: string, bytes: Uint8Array<ArrayBuffer> | Blob): Promise<void> {
    // Copied before the first wait: the caller may move the bytes elsewhere.
    const response = new Response(bytes, { headers: { 'Content-Type': contentType(path) } })
    await exclusively(`${storeName(this.base)} ${file.sha256}`, async () => {
      if (await this.has(file)) return
      try {
        await this.cache.put(this.key(file.sha256), response)
      } catch (error) {
        await this.forget(file)
        throw error
      }
    })
  }

  async forget(file: Known): Promise<void> {
    await this.cache.delete(this.key(file.sha256))
  }

  async state(): Promise<State> {
    const found = await this.cache.match(this.key('state'))
    return found === undefined ? {} : ((await found.json().catch(() => ({}))) as State)
  }

  async setState(state: State): Promise<void> {
    await this.cache.put(this.key('state'), new Response(JSON.stringify(state)))
  }

  async pins(): Promise<Pins> {
    const found = await this.cache.match(this.key('pins'))
    return found === undefined ? {} : ((await found.json().catch(() => ({}))) as Pins)
  }

  async setPins(pins: Pins): Promise<void> {
    await this.cache.put(this.key('pins'), new Response(JSON.stringify(pins)))
  }

  /** A release's manifest as it was served, unchecked. */
  async release(id: string): Promise<string | undefined> {
    return (await this.cache.match(this.key(`release-${id}`)))?.text()
  }

  async keepRelease(id: string, manifest: string): Promise<void> {
    await this.cache.put(this.key(`release-${id}`), new Response(manifest, { headers: { 'Content-Type': 'application/json' } }))
  }

  /** Delete what none of `manifests` names. */
  async sweep(manifests: Manifest[]): Promise<void> {
    const wanted = new Set(['state', 'pins', ...manifests.map((manifest) => `release-${manifest.release}`), ...manifests.flatMap((manifest) => Object.values(manifest.files).map((file) => file.sha256))])
    for (const request of await this.cache.keys()) {
      if (!wanted.has(request.url.slice(request.url.lastIndexOf('/') + 1))) await this.cache.delete(request)
    }
  }

  private key(name: string): string {
    return storeKey(this.base, name)
  }
}

export function storeName(base: string): string {
  return `edgeweb ${new URL(base).pathname}`
}

/** An address that the host never has; the service worker answers it with 404. */
export function storeKey(base: string, name: string): string {
  return new URL(`.edgeweb/${name}`, base).href
}

/** Whether `bytes` are the file. Plain http on a network address has no crypto: whoever could change a file there could change this script as well. */
export async function isIntact(bytes: Uint8Array<ArrayBuffer>, file: Known): Promise<boolean> {
  if (bytes.length !== file.bytes) return false
  return !globalThis.isSecureContext || (await sha256(bytes)) === file.sha256
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Run `work` while no other tab or worker of this origin holds `name`. */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = navigator as { locks?: LockManager }
  return locks === undefined ? work() : ((await locks.request(name, work)) as T)
}
