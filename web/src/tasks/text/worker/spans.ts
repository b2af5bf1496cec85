/** Where tokens stand in a text, and what several of them in a row are. */
import type { Span } from '../../../shared/api.js'

export interface Place {
  start: number
  end: number
}

/** Written without spaces: each character is a word of its own. */
const ALONE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u
/** How far ahead a token is looked for, when the one before it could not be found. */
const AHEAD = 200

/** Without what tokenizers change: accents, forms of the same letter, spaces. */
const bare = (text: string): string => text.normalize('NFKD').replace(/[\p{M}\p{C}\s]/gu, '')

/** And case. */
const folded = (text: string): string => bare(text).toLowerCase()

/**
 * The place of each token, in the text's own characters, by what it stands for: no tokenizer for the browser tells it. Tokens that stand for
 * nothing that can be found, such as [UNK], have what lies between their neighbours.
 */
export function placesOf(text: string, surfaces: readonly string[]): Place[] {
  const starts: number[] = []
  const ends: number[] = []
  let plain = ''
  let cased = ''
  let at = 0
  for (const character of text) {
    const units = folded(character)
    for (let i = 0; i < units.length; i++) {
      starts.push(at)
      ends.push(at + character.length)
    }
    plain += units
    cased += bare(character).padEnd(units.length).slice(0, units.length)
    at += character.length
  }
  const places: Place[] = []
  let lost = 0
  let from = 0
  const fill = (until: number): void => {
    const place = until > from ? { start: starts[from] ?? at, end: ends[until - 1] ?? at } : gap(text, ends[from - 1] ?? 0, starts[from] ?? at)
    for (; lost > 0; lost--) places[places.length - lost] = place
  }
  for (const surface of surfaces) {
    const wanted = folded(surface)
    const until = from + wanted.length + (lost ? AHEAD : 0)
    const exact = lost ? cased.slice(from, until).indexOf(bare(surface)) : -1
    const found = wanted === '' || wanted.includes('\ufffd') ? -1 : exact >= 0 ? exact : plain.slice(from, until).indexOf(wanted)
    places.push({ start: at, end: at })
    if (found < 0 || (found > 0 && lost === 0)) {
      lost++
      continue
    }
    const begin = from + found
    places.pop()
    fill(begin)
    from = begin + wanted.length
    places.push({ start: starts[begin] ?? at, end: ends[from - 1] ?? at })
  }
  fill(plain.length)
  return places
}

/** What stands between two tokens, such as a mark above a letter; nothing, before the second, where that is space. */
function gap(text: string, from: number, until: number): Place {
  const between = text.slice(from, until).trimEnd()
  const start = from + between.length - between.trimStart().length
  return between.trim() ? { start, end: from + between.length } : { start: until, end: until }
}

interface Word extends Place {
  label: string
  score: number
}

/** Whether a token goes on with the word before it where the vocabulary does not tell it: no space is between them. @param last where that ends. */
export function joins(text: string, { start, end }: Place, last: number): boolean {
  return start > 0 && !text.slice(start - 1, start + 1).includes(' ') && (start < last || !ALONE.test(text.slice(start, end)))
}

/** As transformers' pipeline groups them, where the first token of a word counts. @param goesOn whether a token goes on with the word before it. */
export function spansOf(text: string, places: readonly Place[], labels: readonly string[], scores: readonly number[], goesOn: (token: number) => boolean): Span[] {
  const words: Word[] = []
  for (const [i, { start, end }] of places.entries()) {
    const last = words.at(-1)
    // A word is what its first token is: that is how taggers are trained.
    if (last !== undefined && goesOn(i)) last.end = end
    else words.push({ start, end, label: labels[i] ?? '', score: scores[i] ?? 0 })
  }
  return merged(text, words)
}

/** Runs of one kind, by the letters that say how a word stands in its run (B-, I-, E-, L-, S-, U-); without any, words of one kind are a run. */
function merged(text: string, words: readonly Word[]): Span[] {
  const spans: (Span & { words: number })[] = []
  let before = ''
  for (const { label, score, start, end } of words) {
    const [, how = 'I', kind = label] = /^([BIELSU])[-_](.+)$/.exec(label) ?? []
    const last = spans.at(-1)
    const goes = last !== undefined && before === kind && /^[IEL]$/.test(how)
    before = /^[ELSU]$/.test(how) ? '' : kind
    if (goes && label !== 'O') Object.assign(last, { end, score: (last.score * last.words + score) / (last.words + 1), words: last.words + 1 })
    else if (label !== 'O') spans.push({ label: kind, score, start, end, text: '', words: 1 })
  }
  return spans.map(({ words: _, ...span }) => ({ ...span, text: text.slice(span.start, span.end) }))
}
