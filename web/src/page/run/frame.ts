/** Makes workers that have no network, from their first instruction on, on any host. */
import { withoutCookies } from '../cookies.js'
import { policy } from '../bytes/requests.js'
import { isSealed } from '../seal.js'

/**
 * A worker obeys the policy of the document that makes it. The page's must still allow its own origin while it loads, so the
 * worker is made by an empty frame with a policy of its own: `blob:` and nothing else. Measured from inside such a worker, in
 * Chromium 156 and Firefox ESR 153: fetch, XHR, WebSocket, EventSource, import(), nested workers and caches.add() all fail.
 */
const POLICY = "default-src 'none'; script-src blob: 'wasm-unsafe-eval'; worker-src blob:; connect-src 'none'"

type Realm = Window & typeof globalThis


export interface Sealed {
  worker: Worker
  /** The glue as an address that the worker may import. */
  glue: string
  dispose: () => void
}

/** @param script the worker's source. */
export function sealedWorker(script: Uint8Array<ArrayBuffer>, glue: Uint8Array<ArrayBuffer>, name: string): Sealed {
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.title = name
  const parent = document.body as HTMLElement | null
  ;(parent ?? document.documentElement).append(frame)
  const realm = frame.contentWindow as Realm | null
  const inner = frame.contentDocument
  if (realm === null || inner === null) throw new TypeError('the browser gave no frame')
  const rule = inner.createElement('meta')
  rule.httpEquiv = 'Content-Security-Policy'
  rule.content = POLICY
  inner.head.append(rule)
  if (isSealed()) withoutCookies(realm)
  // Both the blob and the worker belong to the frame: engines differ in which of the two hands its policy on.
  const urls = [script, glue].map((bytes) => realm.URL.createObjectURL(new realm.Blob([bytes], { type: 'text/javascript' })))
  const [source = '', glueUrl = ''] = urls
  const worker = new realm.Worker(policy(realm)(source), { type: 'module', name })
  const dispose = (): void => {
    worker.terminate()
    for (const url of urls) realm.URL.revokeObjectURL(url)
    frame.remove()
  }
  return { worker, glue: glueUrl, dispose }
}

/**
 * What a worker of a frame sent, as the page's own: it was made in the frame, so `instanceof` the page's classes would deny it.
 * Arrays are moved, not copied.
 */
export function ours<T>(message: T): T {
  const buffers = new Set<ArrayBuffer>()
  collect(message, buffers)
  return structuredClone(message, { transfer: [...buffers] })
}

function collect(value: unknown, into: Set<ArrayBuffer>): void {
  if (ArrayBuffer.isView(value)) into.add(value.buffer as ArrayBuffer)
  else if (Array.isArray(value)) value.forEach((item) => { if (typeof item === 'object') collect(item, into) })
  // A picture is cloned with its pixels, and its kind is told by its name: it too is of the frame's.
  else if (typeof value === 'object' && value !== null && Object.prototype.toString.call(value) !== '[object ImageData]') Object.values(value).forEach((item) => collect(item, into))
}
