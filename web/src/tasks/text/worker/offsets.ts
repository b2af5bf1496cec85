/** Where the tokens of a text stand in it, and which word each is of: no tokenizer for the browser tells it. */
import type { Tokens } from '../../../worker/language/tokens.js'
import { placesOf, type Place } from './spans.js'

export interface Located {
  ids: number[]
  places: Place[]
  /** Of each token the number of its word. */
  words: number[]
}

/** What tokenizers write for the space before a word: of bytes, and SentencePiece's. */
const SPACE = /^[\u0120\u2581]/
const PREPENDED = /^\u2581+$/

export function located(tokens: Tokens, text: string): Located {
  const { ids, words } = tokens.words(text)
  const { unknown } = tokens.described
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
    const own = ids.slice(at, (at += count))
    for (const place of within(tokens, text, whole[i] ?? { start: 0, end: 0 }, own, places.at(-1)?.end ?? 0)) {
      places.push(place)
      of.push(i)
    }
  }
  return { ids, places, words: of }
}

/** The places of a word's tokens. @param last where the word before it ends. */
function within(tokens: Tokens, text: string, { start, end }: Place, ids: readonly number[], last: number): Place[] {
  const { spaced } = tokens.described
  const exact = byBytes(text, { start, end }, ids.map((id) => tokens.token(id)), spaced === true)
  if (exact) return exact
  const surfaces = ids.map((id) => tokens.surface(id))
  const solid = surfaces.filter((surface) => surface.trim() !== '')
  const inner = solid.length === 1 ? [{ start: 0, end: end - start }] : placesOf(text.slice(start, end), solid)
  let found = 0
  return ids.map((id, i) => {
    const token = tokens.token(id)
    const space = SPACE.test(token) && spaced === true && /\s/.test(text.charAt(start - 1))
    const surface = surfaces[i] ?? ''
    if (surface.trim() !== '') {
      const place = inner[found++] ?? { start: 0, end: 0 }
      return { start: start + place.start - Number(space && place.start === 0 && i === 0), end: start + place.end }
    }
    // Nothing but space: its own, or one that the tokenizer has put before the text.
    if (solid.length === 0) return spaced === true ? { start: last, end: last + Math.max(1, surface.length) } : { start, end: start }
    if (space) return { start: start - 1, end: start }
    return { start, end: start + Number(PREPENDED.test(token)) }
  })
}

const utf8 = new TextEncoder()

/** How such a vocabulary writes each byte: as the character of that number where it can be seen, otherwise as one from 256 on. */
const WRITTEN = ((): string[] => {
  let next = 256
  const seen = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173)
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(seen(byte) ? byte : next++))
})()

/** Of a tokenizer whose vocabulary is of bytes, each written as one character: also of tokens that are parts of one character. */
function byBytes(text: string, { start, end }: Place, written: readonly string[], spaced: boolean): Place[] | undefined {
  const whole = written.join('')
  const begin = whole.startsWith('\u0120') && /\s/.test(text.charAt(start - 1)) ? start - 1 : start
  // Of each byte the character that it is of; a space that the tokenizer has put before the text is none.
  const of: Place[] = whole.startsWith('\u0120') && begin === start ? [{ start, end: start }] : []
  let at = begin
  let right = of.length ? '\u0120' : ''
  for (const character of text.slice(begin, end)) {
    for (const byte of utf8.encode(character)) {
      of.push({ start: at, end: at + character.length })
      right += WRITTEN[byte] ?? ''
    }
    at += character.length
  }
  if (right !== whole || end === start) return undefined
  let byte = 0
  return written.map(({ length }) => {
    const first = of[byte]?.start ?? start
    const last = of[(byte += length) - 1]?.end ?? end
    return { start: spaced ? first : Math.min(last, Math.max(first, start)), end: last }
  })
}
