/**
 * Keeps this page and the model's site beside it, so that both open without a server.
 *
 * Everything is kept as one set, named by a hash of the page's own files and the site's manifest (which names all others by
 * their hashes). A visit looks for news; only a set that has come whole replaces the one before.
 */
const OWN = ['./', 'thermostat.css', 'thermostat.js', 'house.js', 'chart.js', 'icon.svg', 'model/edgeweb.js', 'model/edgeweb.json']
const NAME = 'thermostat '

async function take() {
  const answers = await Promise.all(OWN.map(async (path) => [path, await fetch(path, { cache: 'no-cache' })]))
  if (answers.some(([, { ok }]) => !ok)) throw new Error('The page did not come whole.')
  const texts = await Promise.all(answers.map(([, answer]) => answer.clone().text()))
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(texts.join('\0')))
  const name = NAME + [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  if ((await whole()) === name) return
  const { script, variants, runtimes } = JSON.parse(texts.at(-1))
  const set = await caches.open(name)
  // The model's files first: with the page's own, the last, the set is whole.
  await set.addAll([...new Set([script, ...runtimes.wasm.files, ...variants[0].files])].map((path) => `model/${path}`))
  for (const [path, answer] of answers) await set.put(path, answer)
  for (const other of await caches.keys()) if (other.startsWith(NAME) && other !== name) await caches.delete(other)
}

/** The name of the set that has come whole. */
async function whole() {
  for (const name of await caches.keys()) {
    if (name.startsWith(NAME) && (await (await caches.open(name)).match(OWN.at(-1))) !== undefined) return name
  }
}

async function answer(request) {
  const name = await whole()
  const found = name && (await (await caches.open(name)).match(request, { ignoreSearch: request.mode === 'navigate' }))
  return found ?? fetch(request)
}

self.addEventListener('install', (event) => event.waitUntil(take().then(() => self.skipWaiting())))
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => {
  const { request } = event
  // The page asks whether the server answers: nobody else may.
  if (request.method !== 'GET' || request.cache === 'no-store') return
  event.respondWith(answer(request))
  if (request.mode === 'navigate') event.waitUntil(take().catch(() => undefined))
})
