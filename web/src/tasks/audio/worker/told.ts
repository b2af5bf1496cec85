/** What a decoder of speech is told before it writes, which tokens it may write, and what they say: as transformers' pipeline for Whisper has it. */
import type { Said, TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { Spoken } from '../../../shared/manifest.gen.js'
import { Clock } from './seeking.js'

const NEVER = -Infinity

/** The token of the language that is asked for, or the only one; undefined: the sound tells it. */
export function languageOf({ languages, known }: Spoken, { language }: TextOptions): number | undefined {
  const codes = Object.keys(languages)
  if (language === undefined) return known === true || codes.length === 1 ? languages[codes[0] ?? ''] : undefined
  const code = language.toLowerCase().replace(/^<\|(.*)\|>$/, '$1')
  if (Object.hasOwn(languages, code)) return languages[code]
  if (codes.length === 0) throw new EdgewebError('input', `This model hears one language, and cannot be told "${language}".`, 'Leave language out.')
  throw new EdgewebError('input', `The model knows no language "${language}".`, `It knows: ${codes.join(', ')}.`)
}

/** What stands before the answer; without a language what asks for it. */
export function promptOf({ prompt, plain }: Spoken, language: number | undefined, timed: boolean): number[] {
  const told = prompt.flatMap((id) => (id ?? language) ?? [])
  return timed || plain == null ? told : [...told, plain]
}

/** Only these tokens. */
export function onlyOf(ids: readonly number[]): (scores: Float32Array) => void {
  return (scores) => {
    const kept = ids.map((id) => scores[id] ?? NEVER)
    scores.fill(NEVER)
    ids.forEach((id, i) => { scores[id] = kept[i] as number })
  }
}

/** Times come in pairs, never go back, and win where they are likelier together than any word. @param from how many tokens stand before the answer. */
export function timesIn({ plain, end, latest }: Spoken, from: number): (scores: Float32Array, ids: readonly number[]) => void {
  const begin = (plain ?? Infinity) + 1
  return (scores, ids) => {
    if (begin >= scores.length) return
    if (plain != null) scores[plain] = NEVER
    const written = ids.slice(from)
    const isTime = (back: number): boolean => (written.at(-back) ?? -1) >= begin
    const single = isTime(1) && written.length >= 2 && !isTime(2)
    if (isTime(1)) scores.fill(NEVER, single ? 0 : begin, single ? end : undefined)
    const last = written.findLast((id) => id >= begin)
    if (last !== undefined) scores.fill(NEVER, begin, single ? last : last + 1)
    if (written.length === 0) {
      scores.fill(NEVER, 0, begin)
      if (latest != null) scores.fill(NEVER, begin + latest + 1)
    }
    if (together(scores.subarray(begin)) > greatest(scores.subarray(0, begin))) scores.fill(NEVER, 0, begin)
  }
}

function greatest(scores: Float32Array): number {
  return scores.reduce((a, b) => Math.max(a, b), NEVER)
}

/** The logarithm of the sum of exponentials. */
function together(scores: Float32Array): number {
  const most = greatest(scores)
  return most === NEVER ? NEVER : most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0))
}

/** What was written of a piece of the sound; in seconds, of which `left` and `right` are in its neighbours too. */
export interface Heard {
  ids: readonly number[]
  length: number
  left: number
  right: number
}

/** The whole from its pieces: texts of the same seconds are laid over each other where they agree. */
export function transcriptOf(pieces: readonly Heard[], spoken: Spoken, spell: (ids: number[]) => string): { text: string; segments: Said[] } {
  const begin = (spoken.plain ?? Infinity) + 1
  const specials = new Set(spoken.specials)
  const segments: Said[] = []
  let pending: number[][] = []
  let start: number | null = null
  let skips = false
  let offset = 0
  const told = (end: number | null): void => {
    segments.push({ text: spell(merged(pending)), start: start ?? segments.at(-1)?.end ?? 0, end })
    pending = []
    start = null
  }
  for (const { ids, length, left, right } of pieces) {
    offset -= left
    const first = left ? begin + left / spoken.step : begin
    const final = right ? lastTime(ids, begin, spoken.step, length - right) : undefined
    const clock = new Clock(ids, begin, spoken.step)
    let current: number[] = []
    for (const [place, id] of ids.entries()) {
      if (specials.has(id)) continue
      if (id < begin) {
        current.push(id)
        continue
      }
      const time = Math.round((clock.at(place) + offset) * 100) / 100
      // What lies in the seconds that the next piece has too is settled there.
      if (final !== undefined && id >= final) skips = true
      else if (skips || (pending.length > 0 && id < first)) skips = false
      else if (start === null) start = time
      else if (time !== start) {
        pending.push(current)
        current = []
        told(time)
      }
    }
    offset += length - right
    if (current.length) pending.push(current)
    else if (!pending.some((each) => each.length)) {
      pending = []
      start = null
    }
  }
  if (pending.length) told(null)
  return { text: segments.map(({ text }) => text).join(''), segments }
}

/** The first of the times at a piece's end that are left to the next piece: the last one always is. */
function lastTime(ids: readonly number[], begin: number, step: number, until: number): number | undefined {
  let last: number | undefined
  for (const id of ids.toReversed()) {
    if (id < begin) continue
    if (last !== undefined && (id - begin) * step < until) break
    last = id
  }
  return last
}

/** Sequences of which each goes on where the one before ends, over which it lies for a while: cut in the middle of where they agree most. */
export function merged([first = [], ...others]: readonly (readonly number[])[]): number[] {
  const all: number[] = []
  let left = first
  for (const right of others) {
    let best = 0
    let at = [left.length, 0] as [number, number]
    for (let i = 1; i < left.length + right.length; i++) {
      const [from, until] = [Math.max(0, left.length - i), Math.min(left.length, left.length + right.length - i)]
      const [begins, ends] = [Math.max(0, i - left.length), Math.min(right.length, i)]
      let matches = 0
      for (let k = 0; k < until - from; k++) if (left[from + k] === right[begins + k]) matches++
      // Longer agreement is preferred a little.
      const share = matches / i + i / 10_000
      if (matches > 1 && share > best) {
        best = share
        at = [(from + until) >> 1, (begins + ends) >> 1]
      }
    }
    all.push(...left.slice(0, at[0]))
    left = right.slice(at[1])
  }
  return [...all, ...left]
}
