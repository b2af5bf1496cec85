/** A file of a new release out of files of an old one that this device has: fewer bytes than to fetch it. */
import type { Manifest } from '../shared/manifest.gen.js'
import { isIntact, type Known, type Store } from '../shared/store.js'
import { applyDelta } from '../shared/weights/delta.js'

type Bytes = Uint8Array<ArrayBuffer>

/** The bytes of the file, proved to be those; undefined where they have to be fetched whole, whatever the reason. */
export async function fromOlder(store: Store, { deltas, files }: Manifest, path: string, fetched: (path: string, file: Known) => Promise<Bytes>): Promise<Bytes | undefined> {
  const file = files[path]
  for (const { file: name, of } of deltas?.[path] ?? []) {
    const delta = files[name]
    if (file === undefined || delta === undefined || !(await Promise.all(of.map((each) => store.has(each)))).every(Boolean)) continue
    try {
      const old = await Promise.all(of.map((each) => store.read(each)))
      if (!old.every((each) => each !== undefined)) continue
      const made = await applyDelta(await fetched(name, delta), old, file.bytes)
      if (await isIntact(made, file)) return made
    } catch {
      // It was damaged, or this device has too little memory for it: the whole file does as well.
    }
  }
  return undefined
}
