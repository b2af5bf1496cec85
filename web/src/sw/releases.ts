/** The releases in the store, read and checked once each, and which of them every open page got. */
import type { Manifest } from '../shared/manifest.gen.js'
import { readRelease } from '../shared/release.js'
import type { Pins, Store } from '../shared/store.js'
import { addressesOf, store } from './context.js'
import { MANIFEST } from './files.js'
import { parseHeaders, type HeaderRules } from './headers.js'
import { fetchChecked, fetchText } from './network.js'

const HEADERS = 'headers.json'
/** A page that is just opening is not yet among the browser's open pages. */
const OPENING_MS = 60_000

export interface Release {
  manifest: Manifest
  text: string
  rules: HeaderRules
}

const known = new Map<string, Promise<Release | undefined>>()

/** The release; undefined where neither the store nor the host has it whole. */
export function release(id: string): Promise<Release | undefined> {
  const found = known.get(id) ?? load(id).catch(() => undefined)
  known.set(id, found)
  void found.then((whole) => whole === undefined && known.delete(id))
  return found
}

async function load(id: string): Promise<Release | undefined> {
  const kept = await store()
  if (kept === undefined) return undefined
  const { manifest, text } = await keptManifest(kept, id) ?? await manifestFromHost(kept, id)
  const headers = await fileBytes(kept, manifest, HEADERS)
  return { manifest, text, rules: parseHeaders(new TextDecoder().decode(headers)) }
}

/** The manifest in the store, if it is whole. */
export async function keptManifest(kept: Store, id: string): Promise<{ manifest: Manifest; text: string } | undefined> {
  const text = await kept.release(id)
  if (text === undefined) return undefined
  const manifest = await readRelease(text).catch(() => undefined)
  return manifest?.release === id ? { manifest, text } : undefined
}

async function manifestFromHost(kept: Store, id: string): Promise<{ manifest: Manifest; text: string }> {
  const found = await hostedRelease(kept, id)
  await kept.keepRelease(id, found.text).catch(() => undefined)
  return found
}

/** The manifest of a release as the host has it. */
export async function hostedRelease(kept: Store, id: string): Promise<{ manifest: Manifest; text: string }> {
  for (const url of await addressesOf(kept, id, MANIFEST)) {
    const { text } = await fetchText(url)
    const manifest = await readRelease(text).catch(() => undefined)
    if (manifest?.release === id) return { manifest, text }
  }
  throw new Error('The host has another release.')
}

/** A file's checked bytes: from the store, else from the host, and then kept for the next time. */
export async function fileBytes(kept: Store, manifest: Manifest, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = manifest.files[path]
  if (file === undefined) throw new Error('The release does not have this file.')
  const found = await kept.read(file)
  if (found !== undefined) return found
  const bytes = await fetchChecked(await addressesOf(kept, manifest.release, path), file)
  // Without room the page still gets its file.
  await kept.write(file, path, bytes).catch(() => undefined)
  return bytes
}

let pins: Promise<Pins> | undefined

async function readPins(): Promise<Pins> {
  pins ??= store().then((kept) => kept?.pins() ?? {})
  return pins
}

/** The release that a page got when it opened. */
export async function pinned(client: string): Promise<string | undefined> {
  return (await readPins())[client]?.release
}

/** In the cache as well: the browser stops a service worker whenever it likes. */
export async function pin(client: string, id: string): Promise<void> {
  const all = await readPins()
  if (client === '' || all[client]?.release === id) return
  all[client] = { release: id, at: Date.now() }
  await (await store())?.setPins(all).catch(() => undefined)
}

/** The open pages that got one of these releases. */
export async function clientsOf(releases: readonly string[]): Promise<string[]> {
  return Object.entries(await readPins()).filter(([, { release: id }]) => releases.includes(id)).map(([client]) => client)
}

/** The releases that open pages have; what closed ones had is dropped. */
export async function pinnedReleases(open: Set<string>): Promise<string[]> {
  const all = await readPins()
  for (const [client, { at }] of Object.entries(all)) if (!open.has(client) && Date.now() - at > OPENING_MS) delete all[client]
  await (await store())?.setPins(all).catch(() => undefined)
  return Object.values(all).map(({ release: id }) => id)
}
