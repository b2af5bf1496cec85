/** The service worker: the site without a network, one release a page, and headers where the host sends none. */
import type { ToServiceWorker } from '../shared/messages.js'
import { base } from './context.js'
import { pin } from './releases.js'
import { answer } from './serve.js'
import { complete, completed, install, lookForUpdate, rollBack, status } from './update.js'

declare const self: ServiceWorkerGlobalScope

self.addEventListener('install', (event) => {
  // Pages keep the release that they opened with, so a new service worker may serve them at once.
  event.waitUntil(install().then(() => self.skipWaiting()))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(base)) return
  const answered = answer(event)
  event.respondWith(answered)
  if (request.mode === 'navigate') event.waitUntil(answered.then(() => lookForUpdate(event.resultingClientId)))
})

self.addEventListener('message', (event) => {
  const [port] = event.ports
  const source = event.source instanceof WindowClient ? event.source.id : ''
  const message = event.data as ToServiceWorker
  const obeyed = obey(message, source).then(async () => port?.postMessage(await status()))
  event.waitUntil(message.type === 'hello' ? obeyed.then(() => completed(message.release)) : obeyed)
})

async function obey(message: ToServiceWorker, client: string): Promise<void> {
  if (message.type === 'hello') return pin(client, message.release)
  if (message.type === 'roll-back') return rollBack()
  if (message.type === 'whole') return complete(message.release, true)
  // A release of a newer edgeweb may be one that only its own service worker can read.
  await self.registration.update().catch(() => undefined)
  return lookForUpdate()
}
