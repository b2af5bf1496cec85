/** What an embedding is compared with: the vectors that were made when the site was built. */
import type { Result } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { Gallery as Entries } from '../shared/manifest.gen.js'
import { assetOf } from './bytes/plan.js'
import type { Site } from './site.js'

/** Matches that are told. */
const MOST = 20

const opened = new WeakMap<Site, Promise<Gallery>>()

export class Gallery {
  private constructor(private readonly entries: Entries, private readonly vectors: Float32Array) {}

  /** One for each site: its page may have no network when a second model is loaded. */
  static open(site: Site, entries: Entries): Promise<Gallery> {
    const found = opened.get(site) ?? Gallery.read(site, entries)
    opened.set(site, found)
    found.catch(() => opened.delete(site))
    return found
  }

  private static async read({ manifest, supply }: Site, entries: Entries): Promise<Gallery> {
    const bytes = await supply.file(assetOf(manifest, entries.vectors))
    if (bytes.length !== 4 * entries.ids.length * entries.width) throw new EdgewebError('site-invalid', 'The gallery has another number of vectors than entries.', 'Build the site again.')
    return new Gallery(entries, new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)))
  }

  /** An embedding's best matches, each id once, by the cosine of the angle between them; any other result as it is. */
  matched(result: Result): Result {
    if (result.task !== 'embedding') return result
    const { vector, task: _, ...rest } = result
    if (vector.length !== this.entries.width) throw new EdgewebError('site-invalid', 'The gallery was made by another model.', 'Build the site again.')
    const best = new Map<string, number>()
    const length = Math.hypot(...vector) || 1
    this.entries.ids.forEach((id, row) => {
      let sum = 0
      const at = row * vector.length
      for (let k = 0; k < vector.length; k++) sum += (vector[k] as number) * (this.vectors[at + k] as number)
      best.set(id, Math.max(best.get(id) ?? -Infinity, sum / length))
    })
    const matches = [...best].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score).slice(0, MOST)
    return { task: 'similarity', matches, ...rest }
  }
}
