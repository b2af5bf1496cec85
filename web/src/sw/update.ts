/** Installing, looking for a newer release, going back, and being switched off. */
import type { Manifest } from '../shared/manifest.gen.js'
import type { FromServiceWorker, Status } from '../shared/messages.js'
import { readRelease } from '../shared/release.js'
import { Store, type Seat } from '../shared/store.js'
import { base, changeState, giveUp, inTurn, isGivenUp, store, tell, windows } from './context.js'
import { given, isNews, isOff, remembered, rolledBack, withdrawn } from './decide.js'
import { dropPrevious, fetchRelease, fetchWhole, NoRoom, sweep } from './fetch-release.js'
import { fetchChecked } from './network.js'
import { clientsOf, keptManifest } from './releases.js'
import { asked, vouchFor, wantedOf, type Asked, type Read } from './wanted.js'

declare const self: ServiceWorkerGlobalScope

/** How long a page that is opening may take to come into being, until it can be sent to the network. */
const OPENING_MS = 5000
/** A page says hello when its model runs, and has some work of its own left then. */
const IDLE_MS = 1500

/** Fetch the whole release that the host has for this visitor. A failure fails the installation, and the next visit tries again. */
export async function install(): Promise<void> {
  const found = await asked()
  if (found.host.status !== 200 || isOff(found.host.status, found.host.text)) throw new Error(`The host answered ${found.host.status}.`)
  const manifest = await readRelease(found.host.text)
  await checkItself(manifest)
  const kept = await store()
  if (kept === undefined) throw new Error('This browser keeps nothing for this site.')
  await follow(kept, found).catch(async (error: unknown) => {
    if (error instanceof NoRoom) await tell({ type: 'no-room' })
    throw error
  })
}

/** A service worker that was damaged on its host, or is of another release than the site, is not installed. */
async function checkItself(manifest: Manifest): Promise<void> {
  const own = manifest.files['sw.js']
  if (own === undefined) throw new Error('The site has no service worker.')
  await fetchChecked([`${base}sw.js`], own)
}

/** Look whether the host has another release, or asks for the end; that one look sees, and all that are under way follow. */
export async function lookForUpdate(opening = ''): Promise<void> {
  if (!isGivenUp()) await look()
  if (isGivenUp()) await end(opening)
}

/** What cannot be reached or read changes nothing. */
async function look(): Promise<void> {
  try {
    const found = await asked()
    if (isOff(found.host.status, found.host.text)) return giveUp()
    const kept = await store()
    if (kept !== undefined) await follow(kept, found)
  } catch {
    // No connection, half a deployment, no room: the release that is here stays, and the next look tries again.
  }
}

/** Take what the host has for this visitor, and leave what it has revoked. */
async function follow(kept: Store, found: Asked): Promise<void> {
  const wanted = await wantedOf(kept, found)
  if (wanted === undefined) return
  try {
    const { release, seat, number } = wanted
    if (isNews(await kept.state(), release)) await take(kept, await wanted.read(), seat, number)
    else await changeState(kept, (state) => given(state, number, release, seat))
  } finally {
    await withdraw(kept, wanted.revoked, wanted.isRootRevoked)
  }
}

/** Fetch the release and offer it, first of all to the pages that are open. */
async function take(kept: Store, { manifest, text }: Read, seat: Seat, number: number | undefined): Promise<void> {
  await inTurn(async () => {
    const { current } = await kept.state()
    const before = current === undefined ? undefined : (await keptManifest(kept, current))?.manifest
    await vouchFor(kept, manifest, text, before)
    try {
      await fetchRelease(kept, manifest, text, before)
    } catch (error) {
      if (!(error instanceof NoRoom) || !(await dropPrevious(kept, manifest))) throw error
      await fetchRelease(kept, manifest, text, before)
    }
    await changeState(kept, (state) => remembered(given(state, number, manifest.release, seat), manifest))
    await sweep(kept)
  })
  const { next } = await kept.state()
  if (next === manifest.release) await tell({ type: 'ready', release: next })
}

/** The pages that are on their way to another release: a second look meanwhile would break off the first one's way. */
const sentAway = new Set<string>()

/** Never answer from these releases again, and send the pages that run one to another: where there is none, they would come back for ever. */
async function withdraw(kept: Store, revoked: readonly string[], isRootRevoked: boolean): Promise<void> {
  if (revoked.length === 0) return
  const before = await kept.state()
  const state = await changeState(kept, (found) => withdrawn(found, revoked))
  const clients = state.current === undefined && isRootRevoked ? [] : await clientsOf(revoked)
  const gone = (await windows()).filter(({ id }) => clients.includes(id) && !sentAway.has(id))
  for (const { id } of gone) sentAway.add(id)
  // A page that this service worker does not control it cannot send anywhere: that one goes by itself.
  await Promise.all(gone.map((window) => window.navigate(window.url.replace(/#.*/, '')).catch(() => window.postMessage({ type: 'withdrawn' } satisfies FromServiceWorker))))
  if (gone.length > 0 || state.current !== before.current || state.next !== before.next || state.previous !== before.previous) await inTurn(() => sweep(kept))
}

/** When a page of this release has started and is idle. */
export async function completed(id: string): Promise<void> {
  await new Promise((done) => setTimeout(done, IDLE_MS))
  await complete(id)
}

/** @param needed whether a visitor waits for it. */
export async function complete(id: string, needed = false): Promise<void> {
  const kept = isGivenUp() ? undefined : await store('existing')
  const found = kept && (await keptManifest(kept, id))
  if (kept !== undefined && found !== undefined) await fetchWhole(kept, found.manifest, needed)
}

export async function status(): Promise<Status> {
  const { next, previous, number } = (await (await store('existing'))?.state()) ?? {}
  return { ...(next === undefined ? {} : { ready: next }), ...(previous === undefined ? {} : { previous }), ...(number === undefined ? {} : { several: true }) }
}

/** A release that cannot be read any more is none to go back to. */
export async function rollBack(): Promise<void> {
  const kept = await store()
  const { previous } = (await kept?.state()) ?? {}
  if (kept === undefined || previous === undefined || (await keptManifest(kept, previous)) === undefined) return
  await changeState(kept, (state) => rolledBack(state) ?? state)
}

/**
 * Delete what this device keeps of the site, and send the pages that are open to the network.
 *
 * In this order: while there is a registration, the next visit comes here again if the browser stops this service worker, which
 * Chromium does without one as soon as the last page has left; and only without one do the pages that come belong to nobody.
 */
async function end(opening: string): Promise<void> {
  await tell({ type: 'off' })
  await opened(opening)
  await Store.destroy(base)
  await self.registration.unregister()
  // With its fragment an address would be a place on the page that is there.
  await Promise.all((await windows()).map((window) => window.navigate(window.url.replace(/#.*/, '')).catch(() => undefined)))
  // A page that was about to register brings Chromium's registration back.
  await self.registration.unregister()
}

/** Wait for the page that is opening: before it is there it cannot be sent anywhere. */
async function opened(client: string): Promise<void> {
  for (let waited = 0; client !== '' && waited < OPENING_MS; waited += 100) {
    if ((await windows()).some(({ id }) => id === client)) return
    await new Promise((done) => setTimeout(done, 100))
  }
}
