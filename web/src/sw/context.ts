/** The service worker's own surroundings: where its site is, its store, and the pages that are open. */
import type { FromServiceWorker } from '../shared/messages.js'
import { exclusively, Store, storeName, type State } from '../shared/store.js'
import { addresses, CHANNELS, MANIFEST } from './files.js'

declare const self: ServiceWorkerGlobalScope

/** The address of the site's folder, with its slash. */
export const base = self.registration.scope
export const manifestUrl = base + MANIFEST
export const channelsUrl = base + CHANNELS

let opened: Promise<Store | undefined> | undefined
let over = false

/** From here on nothing is answered from the store, and nothing kept. */
export function giveUp(): void {
  over = true
}

export function isGivenUp(): boolean {
  return over
}

/** Undefined where the browser gives no storage, for an `existing` one where there is none, and for a site that is given up. */
export async function store(which: 'existing' | 'new' = 'new'): Promise<Store | undefined> {
  if (over) return undefined
  if (opened === undefined && which === 'existing' && !(await caches.has(storeName(base)))) return undefined
  opened ??= Store.open(base)
  return opened
}

/** Where the host may have a file of a release. */
export async function addressesOf(kept: Store, release: string, path: string): Promise<string[]> {
  const { number } = await kept.state()
  return addresses(release, path, number !== undefined).map((each) => base + each)
}

/** Change the state while no other service worker of this site does. */
export function changeState(kept: Store, change: (state: State) => State): Promise<State> {
  return exclusively(`${storeName(base)} state`, async () => {
    const before = await kept.state()
    const after = change(before)
    if (after !== before) await kept.setState(after)
    return after
  })
}

/** Work on releases, one at a time: an old and a new service worker would fetch the same files. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  return exclusively(`${storeName(base)} releases`, work)
}

/** The windows of this site, also those that were there before this service worker. */
export async function windows(): Promise<WindowClient[]> {
  const all = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  return all.filter(({ url }) => url.startsWith(base))
}

export async function tell(message: FromServiceWorker): Promise<void> {
  for (const window of await windows()) window.postMessage(message)
}
