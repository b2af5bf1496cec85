/** Answers a page's requests from its release, every page from the one it opened with; nothing else of the site's folder exists. */
import { seatHeaders } from '../shared/channels.js'
import { contentType, type Store } from '../shared/store.js'
import { base, changeState, store, windows } from './context.js'
import { taken } from './decide.js'
import { fileAt, isCheckedByPage, MANIFEST } from './files.js'
import { fileBytes, pin, pinned, release, type Release } from './releases.js'

declare const self: ServiceWorkerGlobalScope

export async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event
  const kept = await store('existing').catch(() => undefined)
  const navigation = request.mode === 'navigate'
  const found = kept === undefined ? undefined : await releaseFor(kept, event, navigation)
  // Nothing is kept, or its list is lost: the page checks what it gets from the network, and the next look for a release mends it.
  if (kept === undefined || found === undefined) return passOn(request, navigation)
  const path = fileAt(found.manifest, base, request.url, navigation)
  if (path === undefined) return (await isOurs(event, found, navigation)) ? refusal(404, 'This site has no such page.', navigation) : passOn(request, navigation)
  try {
    return await respond(kept, found, path, request)
  } catch {
    return refusal(504, 'A part of this page is not on this device and could not be fetched. Check the connection and reload.', navigation)
  }
}

/** A page that opens takes the release that is ready; what it asks for later comes from the same one. */
async function releaseFor(kept: Store, event: FetchEvent, navigation: boolean): Promise<Release | undefined> {
  const client = navigation ? event.resultingClientId : event.clientId
  const before = navigation ? undefined : await pinned(client)
  const state = before === undefined ? await kept.state() : {}
  // A full device cannot write that it was taken; the release that is here does as well.
  const { current } = navigation && state.next !== undefined ? await changeState(kept, taken).catch(() => state) : state
  const id = before ?? current
  if (id === undefined) return undefined
  const found = await release(id)
  if (found !== undefined) event.waitUntil(pin(client, id))
  return found
}

async function respond(kept: Store, { manifest, text, rules }: Release, path: string, request: Request): Promise<Response> {
  const headers = { 'Content-Type': contentType(path), ...rules.at(`/${path}`) }
  if (path === MANIFEST) return new Response(text, { headers: { ...headers, ...seatHeaders((await kept.state()).seats?.[manifest.release]) } })
  const file = manifest.files[path]
  // 'reload': the page has found that what it got is no good.
  if (file !== undefined && request.cache !== 'reload' && isCheckedByPage(manifest, path)) {
    const stored = await kept.response(file)
    if (stored !== undefined) return stored
    const bytes = await fileBytes(kept, manifest, path)
    return (await kept.response(file)) ?? new Response(bytes, { headers })
  }
  return new Response(await fileBytes(kept, manifest, path), { headers })
}

/**
 * Whether a request for what the site does not have comes from the site's own page, which must reach nothing.
 *
 * Another site may lie in a folder below this one; its pages, and the way to them while no page of this site is open, are not
 * this site's business.
 */
async function isOurs({ clientId }: FetchEvent, { manifest }: Release, navigation: boolean): Promise<boolean> {
  const isPage = (url: string): boolean => fileAt(manifest, base, url, true)?.endsWith('.html') === true
  if (navigation) return (await windows()).some(({ url }) => isPage(url))
  const client = await self.clients.get(clientId)
  // blob: and about: are the page's workers and frames.
  return client === undefined || !client.url.startsWith('http') || isPage(client.url)
}

async function passOn(request: Request, navigation: boolean): Promise<Response> {
  try {
    return await fetch(request)
  } catch {
    return refusal(504, 'The site cannot be reached, and this device has no whole copy of it. Check the connection and reload.', navigation)
  }
}

function refusal(status: number, sentence: string, navigation: boolean): Response {
  const headers = { 'Content-Security-Policy': "default-src 'none'", 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cache-Control': 'no-store' }
  if (!navigation) return new Response(sentence, { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' } })
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${sentence}</title><p>${sentence}</p></html>`
  return new Response(page, { status, headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' } })
}
