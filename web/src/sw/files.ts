/** Which of a release's files a visitor needs for a page that opens without a network, and which address is which file. */
import type { Manifest } from '../shared/manifest.gen.js'
import { storeKey } from '../shared/store.js'

/** Read by people who build with a site, not by its visitors, or of use only to those who had the release before; fetched when somebody asks for them. */
const NOT_FOR_VISITORS = /^(report\/.*|report\.json|THIRD_PARTY_NOTICES\.txt|card\.md|bom\.json|provenance\.json|sw\.js|.*\.d\.ts|.*\.map|assets\/.*\.delta)$/

const WHOLE = 'full'

/** The files of every runtime: a device needs one of them. */
function runtimePaths(manifest: Manifest): Set<string> {
  return new Set(Object.values(manifest.runtimes).flatMap(({ files }) => files))
}

/** The files that only some of the model's variants have: a device needs one of these. */
function variantOnly({ variants }: Manifest): Set<string> {
  return new Set(variants.flatMap(({ files }) => files).filter((path) => !variants.every(({ files }) => files.includes(path))))
}

/** What every visitor needs, the small ones first: by the time of the large ones the page may have stored them. */
export function commonPaths(manifest: Manifest): string[] {
  const some = new Set([...runtimePaths(manifest), ...variantOnly(manifest)])
  return smallFirst(manifest, Object.keys(manifest.files).filter((path) => !some.has(path) && !NOT_FOR_VISITORS.test(path)))
}

/** The files of these variants of the model, by their ids; of the first, which every device runs, when the release has none of them. */
export function variantPaths({ variants }: Manifest, ids: readonly string[]): string[] {
  const found = variants.filter(({ id }) => ids.includes(id))
  return [...new Set((found.length > 0 ? found : variants.slice(0, 1)).flatMap(({ files }) => files))]
}

/** The variants that are there in full, by `has`. */
export async function completeVariants({ variants }: Manifest, has: (path: string) => Promise<boolean>): Promise<string[]> {
  const found = await Promise.all(variants.map(async ({ id, files }) => ((await Promise.all(files.map(has))).every(Boolean) ? [id] : [])))
  return found.flat()
}

/** The files of these runtimes; of plain wasm, which every device can run, when the release has none of them. */
export function flavourPaths(manifest: Manifest, flavours: readonly string[]): string[] {
  const known = flavours.filter((name) => name in manifest.runtimes)
  const chosen = known.length > 0 ? known : ['wasm']
  const runtimes = Object.entries(manifest.runtimes).filter(([name]) => chosen.includes(name))
  return smallFirst(manifest, [...new Set(runtimes.flatMap(([, { files }]) => files))])
}

/**
 * What `wasm` was cut from, and the model where it has the session in it: a device needs these when it lacks a function. And all of
 * Python's library, for imports that nobody foresaw. Nothing where all of it is whole.
 */
export function wholePaths({ runtimes, variants, python }: Manifest): string[] {
  const model = (runtimes['wasm']?.cut?.restores ?? 0) > 0 ? (variants[0]?.files ?? []) : []
  return [...(python == null ? [] : [python.whole]), ...model, ...(runtimes[WHOLE]?.wasm ?? [])]
}

/** The runtimes that this device has run, by `has`: a page stores their .wasm. Not the one that others were cut from, which nobody starts with. */
export async function completeFlavours(manifest: Manifest, has: (path: string) => Promise<boolean>): Promise<string[]> {
  const found = await Promise.all(Object.entries(manifest.runtimes).filter(([name]) => name !== WHOLE).map(async ([name, { wasm }]) => {
    const all = await Promise.all(wasm.map(has))
    return all.every(Boolean) ? [name] : []
  }))
  return found.flat()
}

/** Files that the page hashes itself, and that are answered as they are stored: only so does Chromium keep compiled code. */
export function isCheckedByPage(manifest: Manifest, path: string): boolean {
  const lists = [...Object.values(manifest.runtimes).map(({ wasm }) => wasm), ...manifest.variants.map(({ files }) => files), manifest.python?.files ?? []]
  return lists.some((list) => list.includes(path))
}

export const MANIFEST = 'edgeweb.json'

export const CHANNELS = 'channels.json'

/** Where the host may have a file of a release, the likeliest first: of `several`, each has a folder for what its content does not name. */
export function addresses(release: string, path: string, several: boolean): string[] {
  const found = several && !path.startsWith('assets/') ? [`releases/${release}/${path}`, path] : [path]
  // Cloudflare Pages sends a page's own name on to its folder, where Connection-Allowlist lets nobody follow. The root's page has
  // just come from there; elsewhere a host may know no folders.
  return found.flatMap((each) => (each === INDEX ? ['', each] : each.endsWith(`/${INDEX}`) ? [each, each.slice(0, -INDEX.length)] : [each]))
}

const INDEX = 'index.html'

/** What the store keeps a file as: its own address, and after that its SHA-256. */
const BY_CONTENT = new URL(storeKey('https://x/', '')).pathname.slice(1)

/**
 * The file of the release behind an address, or undefined for what the site does not have.
 *
 * A query would carry data to the host, so nothing but a page's address may have one, and there it is dropped.
 */
export function fileAt(manifest: Manifest, base: string, address: string, navigation: boolean): string | undefined {
  const url = new URL(address)
  if (url.search !== '' && !navigation) return undefined
  const path = url.origin + url.pathname
  if (!path.startsWith(base)) return undefined
  const file = path.slice(base.length)
  if (file.startsWith(BY_CONTENT)) return Object.keys(manifest.files).find((path) => manifest.files[path]?.sha256 === file.slice(BY_CONTENT.length))
  const name = file === '' || file === 'report/' ? `${file}index.html` : file
  if (url.search !== '' && !name.endsWith('.html')) return undefined
  return name === MANIFEST || Object.hasOwn(manifest.files, name) ? name : undefined
}

function smallFirst(manifest: Manifest, paths: string[]): string[] {
  const size = (path: string): number => manifest.files[path]?.bytes ?? 0
  return paths.sort((a, b) => size(a) - size(b))
}
