/** Where the tokens of a text stand in it, and which word each is of: no tokenizer for the browser tells it. */
import type { Tokens } from '../../../worker/language/tokens.js'
import { placesOf, type Place } from './spans.js'

export interface Located {
  ids: number[]
  places: Place[]
  /** Of each token the number of its word. */
  words: number[]
}

/** What tokenizers write for the space before a word. */
const SPACE = /^[\u0120\u2581]/

export function located(tokens: Tokens, text: string): Located {
  const { ids, words } = tokens.words(text)
  const { unknown, spaced } = tokens.described
  const surfaces: string[] = []
  let at = 0
  for (const { text: word, count } of words) {
    const own = ids.slice(at, (at += count))
    // What the vocabulary lacks is still in the word.
    surfaces.push(unknown != null && own.includes(unknown) ? word.replace(/\u2581/g, ' ') : tokens.text(own) || word)
  }
  const whole = placesOf(text, surfaces)
  const places: Place[] = []
  const of: number[] = []
  at = 0
  for (const [i, { count }] of words.entries()) {
    const { start, end } = whole[i] ?? { start: 0, end: 0 }
    const own = ids.slice(at, (at += count))
    const inner = count === 1 ? [{ start: 0, end: end - start }] : placesOf(text.slice(start, end), own.map((id) => tokens.surface(id)))
    for (const [j, place] of inner.entries()) {
      const begins = spaced === true && SPACE.test(tokens.token(own[j] ?? 0)) && /\s/.test(text.charAt(start + place.start - 1))
      places.push({ start: start + place.start - Number(begins), end: start + place.end })
      of.push(i)
    }
  }
  return { ids, places, words: of }
}
