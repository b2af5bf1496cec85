/** From the scores of all tokens to the next one. */
import { uniform } from '../../shared/golden.js'

export interface Choice {
  /** 0 takes the likeliest. */
  temperature: number
  /** Among so many of the likeliest; 0: all. */
  topK: number
  /** Among the likeliest that together have this share. */
  topP: number
}

/** Less likely than the likeliest by this many powers of e: never drawn. */
const FAR = 20

/** Numbers in [0, 1), always the same for a seed. */
export function dice(seed: number): () => number {
  let at = 0
  return () => uniform(seed >>> 0, at++)
}

export function next(scores: ArrayLike<number>, { temperature, topK, topP }: Choice, random: () => number): number {
  let best = 0
  for (let i = 1; i < scores.length; i++) if ((scores[i] as number) > (scores[best] as number)) best = i
  if (!(temperature > 0)) return best
  const top = scores[best] as number
  let found: { id: number; share: number }[] = []
  for (let id = 0; id < scores.length; id++) {
    const power = ((scores[id] as number) - top) / temperature
    if (power > -FAR) found.push({ id, share: Math.exp(power) })
  }
  found.sort((a, b) => b.share - a.share)
  if (topK > 0) found = found.slice(0, topK)
  const whole = found.reduce((sum, { share }) => sum + share, 0)
  let kept = 0
  let end = 0
  while (end < found.length && kept < topP * whole) kept += found[end++]?.share ?? 0
  const at = random() * kept
  let sum = 0
  for (const { id, share } of found.slice(0, Math.max(1, end))) if ((sum += share) > at) return id
  return best
}
