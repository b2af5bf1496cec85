/** What a page asks of its service worker: it may fetch when the page has no network any more. */
import type { Status, ToServiceWorker } from '../../shared/messages.js'

/** A look for a newer release fetches it as well. The browser may stop a service worker without a word. */
export const CHECK_MS = 120_000

/** Have the service worker put the whole runtime into the store, and wait for it; false where there is none yet. */
export async function askForWhole(base: string, release: string): Promise<boolean> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer }
  const worker = (await serviceWorker?.getRegistration(base).catch(() => undefined))?.active
  // Another site's, whose scope holds this one, would never answer.
  if (worker?.scriptURL !== new URL('sw.js', base).href) return false
  await answered(worker, { type: 'whole', release }, CHECK_MS)
  return true
}

/** Its state of affairs, with which it answers; undefined when it did not within `deadline` milliseconds. */
export async function answered(worker: ServiceWorker, message: ToServiceWorker, deadline: number): Promise<Status | undefined> {
  const { port1, port2 } = new MessageChannel()
  const answer = await new Promise<Status | undefined>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data as Status)
    setTimeout(() => resolve(undefined), deadline)
    worker.postMessage(message, [port2])
  })
  port1.close()
  return answer
}
