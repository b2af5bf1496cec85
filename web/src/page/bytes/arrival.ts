/** A file on its way in, read as it comes. Part of index.html: nothing is checked here, and nothing used before it is. */
import { storeKey, storeName } from '../../shared/store.js'
import type { Asset } from './asset.js'

export interface Arrival {
  /** Bytes so far. */
  loaded: number
  onLoaded: (() => void) | undefined
  /** As many bytes as the asset has; rejects with a `Refusal`, or with the browser's own error. */
  bytes: Promise<Uint8Array<ArrayBuffer>>
  /** Compiled while it arrives; to be used only when `bytes` have proved right. */
  module: Promise<WebAssembly.Module> | undefined
}

/** The answer was not the file: a status, or a length. */
export class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message)
  }
}

/** Whether a service worker answers this page's requests, from the store; `base`: that of the site there. */
export function isControlled(base?: URL): boolean {
  const controller = (navigator.serviceWorker as ServiceWorkerContainer | undefined)?.controller
  return controller != null && (base === undefined || controller.scriptURL === new URL('sw.js', base).href)
}

/** Whether an earlier visit may have left something in the store: looking there in vain would hold every first visit up. */
export function isKept(base: string): boolean {
  try {
    return localStorage.getItem(storeName(base)) !== null && 'caches' in globalThis
  } catch {
    return false
  }
}

/** To be told before the store is written to. */
export function noteKept(base: string): void {
  try {
    localStorage.setItem(storeName(base), 'kept')
  } catch {
    // Storage may be forbidden; then there is no store either.
  }
}

/** From the store, where an earlier visit may have left it; otherwise from the host. A service worker looks there by itself. */
async function request(asset: Asset, base: string, signal: AbortSignal, again: boolean): Promise<Response> {
  if (!again && !isControlled() && isKept(base)) {
    const found = await inStore(asset, base).catch(() => undefined)
    if (found !== undefined) return found
  }
  return fetch(new URL(asset.path, base), { signal, credentials: 'omit', cache: again ? 'reload' : 'default' })
}

/** The store's own answer, through the service worker; `otherwise` where that does not know it. */
async function byContent(asset: Asset, base: string, signal: AbortSignal, otherwise: Promise<Response>): Promise<Response> {
  const found = await fetch(storeKey(base, asset.sha256), { signal, credentials: 'omit' })
  return found.ok ? found : otherwise
}

/** @param compile whether it is a whole .wasm; `again`: what the caches have is no good. */
export function arrive(asset: Asset, base: string, signal: AbortSignal, compile: boolean, again = false): Arrival {
  const arrival: Arrival = { loaded: 0, onLoaded: undefined, bytes: undefined as never, module: undefined }
  const answer = request(asset, base, signal, again)
  const advance = (count: number): void => {
    arrival.loaded += count
    arrival.onLoaded?.()
  }
  if (compile && isControlled()) {
    // Chromium keeps the machine code with the store's entry, which it finds again only under the address that was asked for.
    arrival.module = WebAssembly.compileStreaming(again ? answer : byContent(asset, base, signal, answer))
    arrival.bytes = stored(asset, base, arrival.module)
    arrival.bytes.then((bytes) => advance(bytes.length), () => undefined)
  } else {
    let feed: ReadableStreamDefaultController<Uint8Array> | undefined
    if (compile) {
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void (feed = controller) })
      arrival.module = WebAssembly.compileStreaming(new Response(body, { headers: { 'Content-Type': 'application/wasm' } }))
    }
    arrival.bytes = answer.then((response) => read(asset, response, (part) => {
      feed?.enqueue(part)
      advance(part.length)
    }))
    arrival.bytes.then(() => feed?.close(), (error: unknown) => feed?.error(error))
  }
  // Whoever uses them hears of a failure; a page that never does must not report it as unhandled.
  arrival.module?.catch(() => undefined)
  arrival.bytes.catch(() => undefined)
  return arrival
}

/** Not by open(), which would make a store where there is none. */
async function inStore(asset: Asset, base: string): Promise<Response | undefined> {
  return caches.match(storeKey(base, asset.sha256), { cacheName: storeName(base) })
}

/** What the service worker answers from; when it had to fetch the file first, the entry is there once that is `done`. */
async function stored(asset: Asset, base: string, done: Promise<unknown>): Promise<Uint8Array<ArrayBuffer>> {
  let found = await inStore(asset, base)
  if (found === undefined) {
    await done
    found = await inStore(asset, base)
  }
  if (found === undefined) throw new Refusal(0, 'it could not be kept')
  return new Uint8Array(await found.arrayBuffer())
}

async function read(asset: Asset, response: Response, onPart: (part: Uint8Array) => void): Promise<Uint8Array<ArrayBuffer>> {
  if (response.status !== 200) throw new Refusal(response.status, `the server answered ${response.status}`)
  const whole = new Uint8Array(asset.bytes)
  let filled = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    if (filled + part.value.length > asset.bytes) throw new Refusal(200, 'it is longer than it should be')
    whole.set(part.value, filled)
    filled += part.value.length
    onPart(part.value)
  }
  if (filled < asset.bytes) throw new Refusal(200, 'it ended early')
  return whole
}
