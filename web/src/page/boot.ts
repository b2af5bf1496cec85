/** The first script of the page: starts every download in parallel, from what index.html says they are. */
import { Downloads, type Plan } from './download.js'
import { offerEarly } from './early.js'
import { newWorker } from './workers.js'

const plan = JSON.parse(document.getElementById('edgeweb-plan')?.textContent ?? 'null') as Omit<Plan, 'base'> | null
if (plan !== null) {
  const base = new URL('.', document.baseURI)
  const worker = newWorker(new URL(plan.worker, base))
  const downloads = new Downloads({ ...plan, base: base.href })
  const manifest = fetch(new URL('edgeweb.json', base), { credentials: 'same-origin' })
  manifest.catch(() => undefined)
  offerEarly({ base: base.href, manifest, downloads, worker })
}
