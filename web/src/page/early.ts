/** The early start: every download begins from what index.html says they are, and `load()` takes it over, once. */
import type { Plan } from './download.js'
import { chooseThreads, Launch } from './launch.js'

export interface Early {
  base: string
  manifest: Promise<Response>
  launch: Launch
}

// undefined: not begun; null: there is nothing to begin with, or `load()` has it.
let early: Early | null | undefined

/** Begin, unless that has happened or this is not a site's own page. */
export function startEarly(): void {
  if (early !== undefined) return
  early = null
  const plan = JSON.parse(document.getElementById('edgeweb-plan')?.textContent ?? 'null') as Omit<Plan, 'base'> | null
  if (plan === null) return
  const base = new URL('.', document.baseURI).href
  const launch = new Launch({ ...plan, base }, chooseThreads())
  const manifest = fetch(new URL('edgeweb.json', base), { credentials: 'same-origin' })
  manifest.catch(() => undefined)
  early = { base, manifest, launch }
}

/** The early start for the site at `base`, or undefined; the second caller starts afresh. */
export function takeEarly(base: URL): Early | undefined {
  // From the cache the page's scripts may be there before the boot script.
  startEarly()
  if (early?.base !== base.href) return undefined
  const taken = early
  early = null
  return taken
}
