/** What may be written next: scores of all tokens, changed as transformers' logits processors do it, in their order. */

/** As `Writer` and `Sampling` of the manifest have them; `length`: of all, the tokens that it began with included. */
export interface Rules {
  repetitionPenalty: number
  noRepeatNgrams: number
  /** The same of what was read, `source`: above 1 that becomes likelier. */
  readRepetitionPenalty?: number
  readNoRepeatNgrams?: number
  source?: readonly number[]
  /** Sequences whose last token is not written after the others. */
  banned: readonly (readonly number[])[]
  stops: readonly number[]
  minLength: number
  minTokens: number
  forced: readonly { place: number; id: number }[]
  forcedEnd: number | undefined
  length: number
  suppress: readonly number[]
  suppressFirst: readonly number[]
  /** A model's own rules, after all others. */
  also?: (scores: Float32Array, ids: readonly number[]) => void
}

/** Where what is written begins: `prompt` tokens stand before it; places of forced tokens are counted from `base`. */
export interface Beginning {
  prompt: number
  base: number
}

const NEVER = -Infinity

/** Change the scores of what comes after `ids`. @param scores of every token; they are the caller's own. */
export function restrain(scores: Float32Array, ids: readonly number[], rules: Rules, { prompt, base }: Beginning): void {
  const written = ids.length - prompt
  const { source = [], readRepetitionPenalty = 1, readNoRepeatNgrams = 0 } = rules
  if (readRepetitionPenalty !== 1) penalise(scores, source, 1 / readRepetitionPenalty)
  if (rules.repetitionPenalty !== 1) penalise(scores, ids, rules.repetitionPenalty)
  if (rules.noRepeatNgrams > 0) withoutRepeats(scores, ids, rules.noRepeatNgrams, ids)
  if (readNoRepeatNgrams > 0) withoutRepeats(scores, ids, readNoRepeatNgrams, source)
  for (const sequence of rules.banned) if (endsWith(ids, sequence, sequence.length - 1)) forbid(scores, sequence.slice(-1))
  if (ids.length < rules.minLength || written < rules.minTokens) forbid(scores, rules.stops)
  for (const { place, id } of rules.forced) if (ids.length - base === place) only(scores, id)
  if (rules.forcedEnd !== undefined && ids.length === rules.length - 1) only(scores, rules.forcedEnd)
  forbid(scores, rules.suppress)
  if (written === 0) forbid(scores, rules.suppressFirst)
  rules.also?.(scores, ids)
}

function forbid(scores: Float32Array, ids: readonly number[]): void {
  for (const id of ids) if (id < scores.length) scores[id] = NEVER
}

/** No other may be written. */
export function only(scores: Float32Array, id: number): void {
  scores.fill(NEVER)
  scores[id] = 0
}

/** What was there already, each once. */
function penalise(scores: Float32Array, ids: readonly number[], penalty: number): void {
  for (const id of new Set(ids)) {
    const score = scores[id]
    if (score !== undefined) scores[id] = score < 0 ? score * penalty : score / penalty
  }
}

/** What came in `among` after the same tokens as those at the end of `ids`. */
function withoutRepeats(scores: Float32Array, ids: readonly number[], size: number, among: readonly number[]): void {
  const last = ids.length - size + 1
  if (last < 0) return
  for (let at = 0; at + size <= among.length; at++) {
    let same = true
    for (let i = 0; i < size - 1 && same; i++) same = among[at + i] === ids[last + i]
    if (same) forbid(scores, [among[at + size - 1] as number])
  }
}

/** Whether `ids` end with the first `count` of `sequence`. */
function endsWith(ids: readonly number[], sequence: readonly number[], count: number): boolean {
  const from = ids.length - count
  if (from < 0) return false
  for (let i = 0; i < count; i++) if (ids[from + i] !== sequence[i]) return false
  return true
}
