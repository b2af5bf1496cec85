/** How a decoder that tells times hears a sound to its end: it goes on from the last time, as transformers' generate() for Whisper does. */
import type { TensorLike } from '../../../shared/api.js'
import type { Spoken } from '../../../shared/manifest.gen.js'

/** Steps that a piece has, as transformers counts them for every model. */
const STEPS = 1500

/** What stays of the ids that were written from some place on, and how many steps further the next ones begin; 0: all has been heard. */
export function keptOf(ids: readonly number[], { plain, end, seeks }: Spoken): { kept: number[]; steps: number } {
  const begin = (plain ?? Infinity) + 1
  const own = ids.at(-1) === end ? ids.slice(0, -1) : [...ids]
  const isTime = (place: number): boolean => (own[place] ?? -1) >= begin
  const pair = seeks ? own.findLastIndex((_, place) => place > 0 && isTime(place) && isTime(place - 1)) : -1
  // A single time at the end: nothing is said after it.
  if (pair < 0 || (isTime(own.length - 1) && !isTime(own.length - 2))) return { kept: own, steps: 0 }
  return { kept: own.slice(0, pair + 1), steps: (own[pair - 1] as number) - begin }
}

/** Features [1, bins, frames] from a frame on, and nothing after them. */
export function featuresFrom(features: TensorLike, frame: number): TensorLike {
  if (frame === 0) return features
  const frames = features.dims.at(-1) as number
  const from = features.data as Float32Array
  const data = new Float32Array(from.length)
  for (let row = 0; row < from.length; row += frames) data.set(from.subarray(row + frame, row + frames), row)
  return { ...features, data }
}

/** Tells the seconds of a piece that a time is of: one that goes back is of what was heard later. */
export class Clock {
  private latest = 0
  private before = 0
  private passed = 0

  constructor(private readonly ids: readonly number[], private readonly begin: number, private readonly step: number) {}

  at(place: number): number {
    const { ids, begin, step } = this
    const time = ((ids[place] as number) - begin) * step
    if (time < this.latest) {
      if (place >= 2 && !((ids[place - 1] as number) >= begin && (ids[place - 2] as number) >= begin)) this.passed += step * STEPS
      else {
        this.latest = this.before
        this.passed += this.before
      }
    }
    this.before = this.latest
    this.latest = time
    return time + this.passed
  }
}
