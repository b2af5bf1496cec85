/** What is to be written, and how: for every way to look for it. */
import type { Rules } from './rules.js'
import type { Choice } from './sampling.js'

/** `base`: places of forced tokens are counted from there. `rules.length`: the longest, what it begins with included. */
export interface Job {
  /** What the model reads before it writes. */
  prompt: readonly number[]
  base: number
  rules: Rules
  choice: Choice
  seed: number
  /** Above 1 the likeliest whole is looked for, and nothing is drawn. */
  beams: number
  lengthPenalty: number
  earlyStopping: boolean | 'never'
  /** What is written so far, without the prompt. */
  wrote(ids: readonly number[]): void
  /** Whether that is whole for another reason than its last token. */
  ended(ids: readonly number[]): boolean
  stopped(): boolean
}

/** `ids`: what was written, with the token that ended it. */
export interface Written {
  ids: readonly number[]
  finish: 'stop' | 'length'
}
