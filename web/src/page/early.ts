/** What the page starts fetching before its own code has arrived, and hands to `load()` once. */
import type { Downloads } from './download.js'

export interface Early {
  base: string
  manifest: Promise<Response>
  downloads: Downloads
  worker: Worker
}

/** Boot and page are separate scripts, so they meet on a symbol that both can name. */
const KEY = Symbol.for('edgeweb.early')
type Holder = { [KEY]?: Early | undefined }

export function offerEarly(early: Early): void {
  ;(globalThis as Holder)[KEY] = early
}

/** The early start for the site at `base`, or undefined; the second caller starts afresh. */
export function takeEarly(base: URL): Early | undefined {
  const holder = globalThis as Holder
  const early = holder[KEY]
  if (early?.base !== base.href) return undefined
  holder[KEY] = undefined
  return early
}
