/** Where in a text the answer to a question is, as transformers' pipeline finds it: windows of a long text, the likeliest places in each, whole words. */
import type { Found } from '../../../shared/api.js'
import type { Located } from './offsets.js'

/** Tokens that a model reads at once, by which the next window begins before the last one's end, and of an answer; all at most. */
const MOST = 384
const OVERLAP = 128
const LONGEST = 15

/** Tokens of the context from one to before another. */
export interface Window {
  from: number
  until: number
}

/** How many of the question's and of the context's tokens are read at once, and the windows over the context. */
export function windowsOf(question: number, context: number, around: number, limit: number): { asked: number; windows: Window[] } {
  const most = Math.min(limit, MOST)
  const half = Math.min(OVERLAP, most >> 1)
  // A question that leaves no room for more than the overlap is cut.
  const asked = Math.min(question, Math.max(1, most - around - half - 1))
  const room = Math.max(1, most - around - asked)
  const overlap = Math.min(half, room - 1)
  const windows: Window[] = []
  for (let from = 0; ; from += room - overlap) {
    windows.push({ from, until: Math.min(from + room, context) })
    if (from + room >= context) return { asked, windows }
  }
}

interface Candidate {
  start: number
  end: number
  score: number
}

/**
 * The likeliest places in one window, the best first, by their tokens in the row.
 * @param from the context's first token in the row, of `count`; `whole`: the places of the token that stands for "no answer".
 */
export function candidates(starts: readonly number[], ends: readonly number[], from: number, count: number, whole: readonly number[], most: number): Candidate[] {
  const places = Array.from({ length: count }, (_, i) => from + i)
  const [begin, end] = [shares(starts, [...whole, ...places]), shares(ends, [...whole, ...places])]
  const found: Candidate[] = []
  for (const start of places) {
    for (let stop = start; stop < Math.min(start + LONGEST, from + count); stop++) found.push({ start, end: stop, score: (begin.get(start) ?? 0) * (end.get(stop) ?? 0) })
  }
  return found.sort((a, b) => b.score - a.score).slice(0, most)
}

function shares(scores: readonly number[], places: readonly number[]): Map<number, number> {
  const top = places.reduce((most, place) => Math.max(most, scores[place] ?? -Infinity), -Infinity)
  const powers = places.map((place) => Math.exp((scores[place] ?? -Infinity) - top))
  const sum = powers.reduce((all, power) => all + power, 0)
  return new Map(places.map((place, i) => [place, (powers[i] ?? 0) / sum]))
}

/** So many places are looked at in each window, as some are the same words. */
export const wanted = (top: number): number => top * 2 + 10

/** The candidates of a window among the answers so far: what says the same has their scores together. @param from the context's first token in the row. */
export function merge(answers: Found[], found: readonly Candidate[], text: string, { places, words }: Located, window: Window, from: number): void {
  const inside = (token: number): number => token - from + window.from
  for (const { start: first, end: last, score } of found) {
    let begin = inside(first)
    let stop = inside(last)
    while (begin > window.from && words[begin - 1] === words[begin]) begin--
    while (stop + 1 < window.until && words[stop + 1] === words[stop]) stop++
    const [start, end] = [places[begin]?.start ?? 0, places[stop]?.end ?? 0]
    const target = text.slice(start, end)
    const same = answers.find(({ text: other }) => other.toLowerCase() === target.toLowerCase())
    if (same) same.score += score
    else answers.push({ text: target, score, start, end })
  }
}
