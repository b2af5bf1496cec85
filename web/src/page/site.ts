/** A site and one release of it, read once: its manifest, and the supply of parts for every worker that will run it. */
import { seatOf } from '../shared/channels.js'
import { EdgewebError } from '../shared/errors.js'
import type { Manifest } from '../shared/manifest.gen.js'
import { readRelease } from '../shared/release.js'
import { sha256, Store, type Seat } from '../shared/store.js'
import { isControlled, Refusal } from './bytes/arrival.js'
import { FINAL } from './bytes/download.js'
import { makePlan, samePlan } from './bytes/plan.js'
import { begun, type Plan, type Requests } from './bytes/requests.js'
import { Supply } from './bytes/supply.js'

export interface Site {
  base: URL
  manifest: Manifest
  /** How this visitor came to the release. */
  seat: Seat
  supply: Supply
  /** What index.html began, on the site's own page. */
  early: Requests | undefined
  /** How many models of it there are, or are being loaded. */
  users: number
  /** What still comes after the first model is ready; the page closes its network behind it. */
  pending: Promise<unknown>[]
}

const open = new Map<string, Promise<Site>>()

/** The site at `base`. A page stays with the release that it first met, also when its network is closed. */
export function openSite(base: URL): Promise<Site> {
  const found = open.get(base.href) ?? read(base)
  open.set(base.href, found)
  found.catch(() => open.delete(base.href))
  return found
}

/** Its loading failed or was stopped: when nobody else uses it, what is on its way stops, and the next load() starts afresh. */
export function leaveSite(site: Site, reason: unknown): void {
  if (--site.users > 0) return
  open.delete(site.base.href)
  site.supply.abort(reason)
}

async function read(base: URL): Promise<Site> {
  const early = takeEarly(base)
  const found = await readManifest(base, early?.manifest).then((first) => ofThisPage(base, early, first)).catch((error: unknown) => {
    early?.stop.abort(error)
    throw error
  })
  if (found === undefined) {
    early?.stop.abort(mixed())
    return reloadOnce()
  }
  const { manifest, seat } = found
  // Not before the manifest, and not where the service worker has deleted it: a site that was closed must leave nothing behind.
  const store = Store.open(base.href, isControlled(base) ? 'existing' : 'new')
  const plan = makePlan(manifest)
  return { base, manifest, seat, early, users: 0, pending: [], supply: new Supply(base.href, manifest.release, plan, store, early) }
}

function takeEarly(base: URL): Requests | undefined {
  const found = begun()
  if (found === undefined || found.taken === true || new URL('.', document.baseURI).href !== base.href) return undefined
  found.taken = true
  return found
}

/**
 * The manifest that this page is of. Between two files of a deployment, or where that was cut, the host has a page and a
 * manifest of two releases; each build keeps a copy of its own under the hash of the page's plan. Undefined without one.
 */
async function ofThisPage(base: URL, early: Requests | undefined, found: Found): Promise<Found | undefined> {
  if (early === undefined) return found
  const text = document.getElementById('edgeweb-plan')?.textContent ?? '{}'
  const own = JSON.parse(text) as Plan
  if (samePlan(makePlan(found.manifest), own)) return found
  if (!globalThis.isSecureContext) return undefined
  const name = (await sha256(new TextEncoder().encode(text))).slice(0, 16)
  const copy = await parse(base, ask(new URL(`assets/manifest-${name}.json`, base), 'no-cache')).catch(() => undefined)
  return copy !== undefined && samePlan(makePlan(copy.manifest), own) ? copy : undefined
}

interface Found {
  manifest: Manifest
  seat: Seat
}

function ask(url: URL, cache: RequestCache): Promise<Response> {
  return fetch(url, { credentials: 'omit', cache, signal: AbortSignal.timeout(MANIFEST_MS) })
}

/** The manifest; a damaged one is asked for once more. Every failure becomes an EdgewebError. */
async function readManifest(base: URL, request: Promise<Response> | undefined): Promise<Found> {
  const url = new URL('edgeweb.json', base)
  try {
    return await parse(base, request ?? ask(url, 'no-cache'))
  } catch (error) {
    if (error instanceof EdgewebError && error.cause instanceof Refusal && FINAL.has(error.cause.status)) throw error
  }
  await new Promise((done) => setTimeout(done, 500))
  return parse(base, ask(url, 'reload'))
}

/** It is small; both attempts together end within half a minute. */
const MANIFEST_MS = 12_000

async function parse(base: URL, request: Promise<Response>): Promise<Found> {
  try {
    const response = await Promise.race([request, late()])
    if (response.status !== 200) throw new EdgewebError('network', `There is no model at ${base.href}: the server answered ${response.status}.`, 'Check the address of the site.', { cause: new Refusal(response.status, 'no manifest') })
    return { manifest: await readRelease(await Promise.race([response.text(), late()])), seat: seatOf(response.headers) }
  } catch (error) {
    if (error instanceof EdgewebError) throw error
    throw new EdgewebError('network', 'The site cannot be reached.', 'Check the connection and try again.', { cause: error })
  }
}

function late(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new EdgewebError('timeout', 'The site does not answer.', 'Check the connection and try again.')), MANIFEST_MS))
}

const RELOADED = 'edgeweb reloaded'

/** The host changed release between the page and its manifest. The page itself starts again, once; elsewhere an error says it. */
export function reloadOnce(): Promise<never> {
  if (begun() === undefined || sessionStorage.getItem(RELOADED) !== null) {
    sessionStorage.removeItem(RELOADED)
    return Promise.reject(mixed())
  }
  sessionStorage.setItem(RELOADED, '1')
  location.reload()
  return new Promise(() => undefined)
}

/** A page that has started may reload again one day. */
export function started(): void {
  try {
    sessionStorage.removeItem(RELOADED)
  } catch {
    // Storage may be forbidden; then reloadOnce was never used.
  }
}

function mixed(): EdgewebError {
  return new EdgewebError('network', 'The site was updated while it loaded.', 'Reload the page.')
}
