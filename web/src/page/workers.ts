/** Makes compute workers, also where the page demands Trusted Types. */
import { policy, REQUESTS, type Requests, type Trust } from './requests.js'

let trusted: Trust | undefined

export function newWorker(url: URL): Worker {
  trusted ??= (globalThis as { [REQUESTS]?: Requests })[REQUESTS]?.trusted ?? policy()
  return new Worker(trusted(url.href), { type: 'module', name: 'edgeweb-compute' })
}
