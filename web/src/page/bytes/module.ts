/** A site's own scripts: each checked by the browser before it runs, and fetched without cookies, which a script element sends. */
import { EdgewebError } from '../../shared/errors.js'
import { within } from '../deadline.js'
import type { Asset } from './asset.js'
import { integrity } from './requests.js'

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

type Module = Record<string, unknown>

/** Each blob: address would be a module of its own. */
const imported = new Map<string, Promise<Module>>()

/** The module at `asset`, checked against its SHA-256; `begun`: where it is on its way already. */
export function importChecked(asset: Asset, base: URL, begun?: Promise<string>): Promise<Module> {
  const { href } = new URL(asset.path, base)
  const found = imported.get(href) ?? fetchModule(asset, base, begun)
  imported.set(href, found)
  found.catch(() => imported.delete(href))
  return found
}

async function fetchModule(asset: Asset, base: URL, begun?: Promise<string>): Promise<Module> {
  const found = await within(ARRIVES_MS, begun ?? checkedModule(asset, base.href), asset.path).catch(() => undefined)
  if (found !== undefined) return (await import(found)) as Module
  throw new EdgewebError('integrity', `${asset.path} did not arrive whole and was not used.`, 'Check the connection and reload the page.')
}
