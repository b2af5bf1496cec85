/** From the scores of all tokens to the next one. */
import { uniform } from '../../shared/golden.js'

export interface Choice {
  /** 0 takes the likeliest. */
  temperature: number
  /** Among so many of the likeliest; 0: all. */
  topK: number
  /** Among the likeliest that together have this share. */
  topP: number
  /** Among those that are at least so likely as this times the likeliest. */
  minP?: number
}

/** Less likely than the likeliest by this many powers of e: never drawn. */
const FAR = 20

/** Numbers in [0, 1), always the same for a seed. */
export function dice(seed: number): () => number {
  let at = 0
  return () => uniform(seed >>> 0, at++)
}

export function next(scores: ArrayLike<number>, choice: Choice, random: () => number): number {
  const best = likeliest(scores)
  if (!(choice.temperature > 0)) return best
  const found = new Heap(scores, best, choice.temperature)
  return drawn(found, choice, random()) ?? best
}

export function likeliest(scores: ArrayLike<number>): number {
  let best = 0
  let top = scores[0] as number
  for (let i = 1; i < scores.length; i++) {
    const score = scores[i] as number
    if (score > top) {
      top = score
      best = i
    }
  }
  return best
}

function drawn(found: Heap, { topK, topP, minP = 0 }: Choice, at: number): number | undefined {
  if (topK <= 0 && topP >= 1 && minP <= 0) return found.until(at * found.whole)
  const kept: { id: number; share: number }[] = []
  let whole = 0
  for (let top = found.take(); top !== undefined && (topK <= 0 || kept.length < topK); top = found.take()) {
    kept.push(top)
    whole += top.share
    // The rest is not looked at where all that is left of it is a share.
    if (topK <= 0 && whole >= topP * found.whole && kept.length > 1) break
  }
  let sum = 0
  let end = 0
  while (end < kept.length && (end === 0 || sum < topP * (topK > 0 ? whole : found.whole))) sum += kept[end++]?.share ?? 0
  const likely = kept.slice(0, Math.max(1, end)).filter(({ share }, i) => i === 0 || share >= minP)
  let left = at * likely.reduce((all, { share }) => all + share, 0)
  for (const { id, share } of likely) if ((left -= share) < 0) return id
  return likely.at(-1)?.id
}

/** Tokens by their likelihood, the likeliest first; only so far in order as they are taken. */
class Heap {
  private readonly ids: Int32Array
  private readonly shares: Float64Array
  private size = 0
  /** All shares together; the likeliest has 1. */
  readonly whole: number

  constructor(scores: ArrayLike<number>, best: number, temperature: number) {
    const top = scores[best] as number
    const least = top - FAR * temperature
    let count = 0
    for (let id = 0; id < scores.length; id++) if ((scores[id] as number) > least) count++
    this.ids = new Int32Array(count)
    this.shares = new Float64Array(count)
    let whole = 0
    for (let id = 0; id < scores.length; id++) {
      if (!((scores[id] as number) > least)) continue
      const share = Math.exp(((scores[id] as number) - top) / temperature)
      this.ids[this.size] = id
      this.shares[this.size++] = share
      whole += share
    }
    this.whole = whole
    for (let at = (this.size >> 1) - 1; at >= 0; at--) this.sink(at)
  }

  take(): { id: number; share: number } | undefined {
    if (this.size === 0) return undefined
    const top = { id: this.ids[0] as number, share: this.shares[0] as number }
    this.size--
    this.ids[0] = this.ids[this.size] as number
    this.shares[0] = this.shares[this.size] as number
    this.sink(0)
    return top
  }

  /** The token at which the shares, the largest first, add up to more than `at`. */
  until(at: number): number | undefined {
    let last: number | undefined
    for (let top = this.take(), sum = 0; top !== undefined; top = this.take()) {
      last = top.id
      if ((sum += top.share) > at) break
    }
    return last
  }

  private sink(at: number): void {
    const { ids, shares, size } = this
    for (;;) {
      let largest = at
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < size && before(shares, ids, child, largest)) largest = child
      if (largest === at) return
      const id = ids[at] as number
      const share = shares[at] as number
      ids[at] = ids[largest] as number
      shares[at] = shares[largest] as number
      ids[largest] = id
      shares[largest] = share
      at = largest
    }
  }
}

/** Of two that are equally likely the first one. */
function before(shares: Float64Array, ids: Int32Array, a: number, b: number): boolean {
  const x = shares[a] as number
  const y = shares[b] as number
  return x > y || (x === y && (ids[a] as number) < (ids[b] as number))
}
