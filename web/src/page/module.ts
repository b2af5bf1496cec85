/** A site's own scripts: each checked by the browser before it runs, and fetched without cookies, which a script element sends. */
import { EdgewebError } from '../shared/errors.js'
import { within } from './deadline.js'
import { integrity, type Asset } from './requests.js'

/** A stalled host is waited for without an end otherwise. */
const ARRIVES_MS = 20_000

/** Where a module can be imported from without asking anybody; one that arrives damaged is asked for once more, past the cache. */
export async function checkedModule(asset: Asset, base: string, priority: RequestPriority = 'high'): Promise<string> {
  const get = async (cache: RequestCache): Promise<Blob> => {
    const response = await fetch(new URL(asset.path, base), { credentials: 'omit', integrity: integrity(asset.sha256), cache, priority })
    return new Blob([await response.arrayBuffer()], { type: 'text/javascript' })
  }
  const script = await get('default').catch(() => get('reload'))
  // A blob: address says nothing of the site; its fragment does.
  return `${URL.createObjectURL(script)}#${base}`
}

/** The module at `asset`, checked against its SHA-256. */
export async function importChecked(asset: Asset, base: URL, begun?: Promise<string>): Promise<Record<string, unknown>> {
  const found = await within(ARRIVES_MS, begun ?? checkedModule(asset, base.href), asset.path).catch(() => undefined)
  if (found !== undefined) return (await import(found)) as Record<string, unknown>
  throw new EdgewebError('integrity', `${asset.path} did not arrive whole and was not used.`, 'Check the connection and reload the page.')
}
