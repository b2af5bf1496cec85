/** Fetches what the store lacks of a release, every file checked, and drops the releases that nobody needs any more. */
import type { Manifest } from '../shared/manifest.gen.js'
import type { Known, Store } from '../shared/store.js'
import { addressesOf, changeState, windows } from './context.js'
import { kept as keptReleases } from './decide.js'
import { fromOlder } from './delta.js'
import { commonPaths, completeFlavours, completeVariants, flavourPaths, variantPaths, wholePaths } from './files.js'
import { fetchChecked } from './network.js'
import { keptManifest, pinnedReleases } from './releases.js'

const AT_ONCE = 2
/** The page stores its runtime this much later at most, when its start is over. */
const PAGE_STORES_MS = 6000
const LOOK_AGAIN_MS = 300

/** The device would not keep a file. */
export class NoRoom extends Error {}

/** After this the store has all that a visitor needs of the release, checked. */
export async function fetchRelease(store: Store, manifest: Manifest, text: string, before: Manifest | undefined): Promise<void> {
  await fetchAll(store, manifest, commonPaths(manifest))
  await fetchAll(store, manifest, flavourPaths(manifest, await flavours(store, manifest, before)))
  await fetchAll(store, manifest, variantPaths(manifest, await variants(store, manifest, before)))
  await store.keepRelease(manifest.release, text).catch(noRoom)
}

/** The runtimes that this device uses: those that an earlier release or this page's own start has left in the store. */
async function flavours(store: Store, manifest: Manifest, before: Manifest | undefined): Promise<string[]> {
  const complete = (of: Manifest): Promise<string[]> => completeFlavours(of, holds(store, of))
  const earlier = before === undefined ? [] : await complete(before)
  if (earlier.length > 0) return earlier
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    const found = await complete(manifest)
    if (found.length > 0 || waited >= PAGE_STORES_MS) return found
    await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS))
  }
}

/** The variants that this device uses; by now the page has stored what it runs, long before its runtime. */
async function variants(store: Store, manifest: Manifest, before: Manifest | undefined): Promise<string[]> {
  const found = await completeVariants(manifest, holds(store, manifest))
  return found.length > 0 || before === undefined ? found : completeVariants(before, holds(store, before))
}

let fetching: Promise<void> | undefined

/** Later than a page's start, what a trap of the cut runtime needs, also without a network; no room for it is no fault. */
export async function fetchWhole(store: Store, manifest: Manifest, needed: boolean): Promise<void> {
  const { connection } = navigator as { connection?: { saveData?: boolean } }
  // Every visit comes here: to read it would take longer than the rest of the visit.
  const there = await Promise.all(wholePaths(manifest).map(holds(store, manifest)))
  if (there.every(Boolean) || (connection?.saveData === true && !needed)) return
  // One that waits and one that is idle need the same bytes once.
  fetching ??= fetchAll(store, manifest, wholePaths(manifest)).catch(() => undefined).finally(() => { fetching = undefined })
  await fetching
}

function holds(store: Store, { files }: Manifest): (path: string) => Promise<boolean> {
  return async (path) => {
    const file = files[path]
    return file !== undefined && (await store.has(file))
  }
}

async function fetchAll(store: Store, manifest: Manifest, paths: string[]): Promise<void> {
  const waiting = [...paths]
  const work = async (): Promise<void> => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      await ensure(store, manifest, path).catch((error: unknown) => {
        waiting.length = 0
        throw error
      })
    }
  }
  const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, work))
  for (const each of done) if (each.status === 'rejected') throw each.reason
}

async function ensure(store: Store, manifest: Manifest, path: string): Promise<void> {
  const file = manifest.files[path]
  if (file === undefined || (await store.read(file)) !== undefined) return
  const fetched = async (name: string, known: Known): Promise<Uint8Array<ArrayBuffer>> => fetchChecked(await addressesOf(store, manifest.release, name), known)
  const bytes = (await fromOlder(store, manifest, path, fetched)) ?? (await fetched(path, file))
  await store.write(file, path, bytes).catch(noRoom)
}

function noRoom(cause: unknown): never {
  throw new NoRoom('This device has no room for the site.', { cause })
}

/** Delete the files of releases that no page has and none will get; `coming` is being fetched. */
export async function sweep(store: Store, coming: Manifest[] = []): Promise<void> {
  const open = new Set((await windows()).map(({ id }) => id))
  const wanted = keptReleases(await store.state(), await pinnedReleases(open))
  const manifests = await Promise.all(wanted.map((id) => keptManifest(store, id)))
  await store.sweep([...manifests.flatMap((found) => (found === undefined ? [] : [found.manifest])), ...coming])
}

/** Make room: the release before is the only thing that a visitor can spare. False where there is none. */
export async function dropPrevious(store: Store, coming: Manifest): Promise<boolean> {
  if ((await store.state()).previous === undefined) return false
  await changeState(store, ({ previous: _, ...rest }) => rest)
  await sweep(store, [coming])
  return true
}
