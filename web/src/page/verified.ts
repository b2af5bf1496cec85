/** Runs a site's own scripts only when the browser has checked them. */
import { EdgewebError } from '../shared/errors.js'
import { within } from './deadline.js'
import { integrity, trusted, type Asset } from './requests.js'

/** A script element waits for a stalled host without an end. */
const ARRIVES_MS = 20_000

/** The module at `asset`, checked against its SHA-256 by the browser; one that arrives damaged is asked for once more. */
export async function importVerified(asset: Asset, base: URL): Promise<Record<string, unknown>> {
  const url = new URL(asset.path, base).href
  // A module that failed under one address stays failed there, hence the fragment.
  for (const address of [url, `${url}#2`]) {
    if (address !== url) await fetch(url, { cache: 'reload' }).catch(() => undefined)
    // import() has no integrity of its own: it finds the module that the element has loaded.
    if (await within(ARRIVES_MS, hasLoaded(address, asset), asset.path)) return (await import(address)) as Record<string, unknown>
  }
  throw new EdgewebError('integrity', `${asset.path} did not arrive whole and was not used.`, 'Check the connection and reload the page.')
}

function hasLoaded(address: string, asset: Asset): Promise<boolean> {
  return new Promise((resolve) => {
    const script = document.createElement('script')
    script.type = 'module'
    script.integrity = integrity(asset.sha256)
    script.src = trusted(address) as string
    script.onload = () => resolve(true)
    script.onerror = () => resolve(false)
    document.head.append(script)
  })
}
