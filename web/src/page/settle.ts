/** What the site's own page does once its model runs: keeps itself for offline use, then closes its network. */
import { contentType } from '../shared/store.js'
import { isControlled } from './bytes/arrival.js'
import { within } from './deadline.js'
import { assetOf } from './bytes/plan.js'
import { integrity, trusted } from './bytes/requests.js'
import { seal } from './seal.js'
import type { Site } from './site.js'
import { Updates } from './updates.js'

/** Later `import('./edgeweb.js')` on this page finds it loaded: nothing can be fetched any more. */
const PUBLIC_MODULE = 'edgeweb.js'

/** The examples' checked bytes, by their paths; one that cannot be had is left out. */
async function exampleFiles({ manifest, supply }: Site): Promise<Map<string, Blob>> {
  const found = await Promise.all((manifest.examples ?? []).map(async (path) => {
    const bytes = await supply.file(assetOf(manifest, path)).catch(() => undefined)
    return bytes === undefined ? [] : [[path, new Blob([bytes], { type: contentType(path) })] as const]
  }))
  return new Map(found.flat())
}

/** Shows the examples when they are there, as files and as blob: URLs; one that stalls is not waited for. */
export async function examplesShown(site: Site, show: (files: Map<string, Blob>, urls: Map<string, string>) => void): Promise<void> {
  const found = exampleFiles(site).then((files) => show(files, new Map([...files].map(([path, file]) => [path, URL.createObjectURL(file)]))))
  await within(EXAMPLES_MS, found, 'The examples').catch(() => undefined)
}

/** The gallery's thumbnails as blob: URLs, by their entries' places. */
export async function thumbnailsShown({ manifest, supply }: Site, show: (urls: string[]) => void): Promise<void> {
  const { thumbnails, sizes = [] } = manifest.gallery ?? {}
  if (thumbnails == null) return
  const found = supply.file(assetOf(manifest, thumbnails)).then((bytes) => {
    let at = 0
    show(sizes.map((size) => URL.createObjectURL(new Blob([bytes.subarray(at, (at += size))]))))
  })
  await within(EXAMPLES_MS, found, 'The thumbnails').catch(() => undefined)
}

export async function settle(site: Site, onUpdates: (updates: Updates) => void): Promise<void> {
  // The copy for offline use takes seconds of a processor's work: first what the visitor waits for.
  await within(PENDING_MS, Promise.all(site.pending), 'Python').catch(() => undefined)
  const updating = Updates.start(site).then((updates) => {
    onUpdates(updates)
    return updates.state.offline === 'saving' ? undefined : site.supply.keepWhole(site.manifest).catch(() => undefined)
  })
  const done = Promise.all([updating, loadPublicModule(site), askToStay(), pageLoaded()])
  await Promise.all(site.pending)
  await within(SETTLES_MS, done, 'The rest of the page').catch(() => undefined)
  seal()
}

/** Whatever has not come by then would keep the network open. */
const SETTLES_MS = 25_000
const EXAMPLES_MS = 8_000
const PENDING_MS = 15_000

/** A release that does not start may have one before it that does; only a page that was kept before can go back. */
export async function updatesAfterFailure(site: Site): Promise<Updates | undefined> {
  return isControlled() ? Updates.start(site) : undefined
}

/** The browser itself may fetch the app's manifest when the page has loaded; a closed page would forbid it. */
function pageLoaded(): Promise<void> {
  return new Promise((done) => {
    if (document.readyState === 'complete') done()
    else addEventListener('load', () => done(), { once: true })
  })
}

/** Only an element can load a module under its own address, and sends cookies along; where there are some, only the service worker is asked. */
async function loadPublicModule({ manifest, base }: Site): Promise<void> {
  if (document.cookie !== '' && !isControlled(base)) return
  const { path, sha256 } = assetOf(manifest, PUBLIC_MODULE)
  await new Promise<void>((done) => {
    const script = document.createElement('script')
    script.type = 'module'
    script.integrity = integrity(sha256)
    script.src = trusted(new URL(path, base).href) as string
    script.onload = script.onerror = () => done()
    document.head.append(script)
  })
}

/** Firefox asks the visitor, who would not know why (ESR 153; can go when it decides by itself, as others do). */
async function askToStay(): Promise<void> {
  const { storage } = navigator as { storage?: StorageManager }
  if (!('mozInnerScreenX' in window)) await storage?.persist?.().catch(() => false)
}
