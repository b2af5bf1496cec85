/** Takes over what index.html has begun: once, by the first `load()` of that site. */
import { Launch } from './launch.js'
import { REQUESTS, type Plan, type Requests } from './requests.js'

export interface Early {
  manifest: Promise<Response>
  launch: Launch
}

/** The early start for the site at `base`, or undefined: another page, or somebody has it already. */
export function takeEarly(base: URL): Early | undefined {
  const holder = globalThis as { [REQUESTS]?: Requests & { taken?: boolean } }
  const begun = holder[REQUESTS]
  if (begun === undefined || begun.taken === true || new URL('.', document.baseURI).href !== base.href) return undefined
  begun.taken = true
  const plan = JSON.parse(document.getElementById('edgeweb-plan')?.textContent ?? '') as Omit<Plan, 'base'>
  return { manifest: begun.manifest, launch: new Launch({ ...plan, base: base.href }, begun.threads, begun) }
}
