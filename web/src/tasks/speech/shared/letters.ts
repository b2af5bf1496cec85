/** A text as the ids of letters, as builder/edgeweb/tasks/speech/letters.py makes them. */
import { EdgewebError } from '../../../shared/errors.js'
import type { SpeechPipeline } from '../../../shared/manifest.gen.js'

/** As much as a minute of speech, about: all of it is spoken at once. */
const MOST_LETTERS = 1000

export function lettersOf(text: string, pipeline: SpeechPipeline): number[] {
  const { letters = {}, apart = {}, unknown = 0, lower = true, blank, latin } = pipeline
  if (latin && /[^\x00-\x7f]/.test(text)) throw new EdgewebError('input', 'This model reads Latin letters alone.', 'Write the text in Latin letters, without accents.')
  if (text.length > MOST_LETTERS) throw new EdgewebError('input', `The text has ${text.length} letters, and the model speaks ${MOST_LETTERS} at once.`, 'Give a part of it.')
  const made: number[] = []
  for (const part of parts(lower ? plain(text, pipeline) : text, Object.keys(apart))) {
    const alone = own(apart, part)
    if (alone !== undefined) made.push(alone)
    else {
      const ids = [...part].map((letter) => own(letters, letter) ?? unknown)
      made.push(...(blank == null ? ids : [blank, ...ids.flatMap((id) => [id, blank])]))
    }
  }
  if (made.length === 0) throw new EdgewebError('input', 'The text has none of the letters that this model speaks.', `It knows: ${Object.keys(letters).filter((letter) => [...letter].length === 1).join('').slice(0, 120)}`)
  return made
}

/** In small letters but for what is in the vocabulary as it is, and without what is not. */
function plain(text: string, { letters = {}, apart = {} }: SpeechPipeline): string {
  const known = [...Object.keys(letters), ...Object.keys(apart)].filter(Boolean)
  let small = ''
  for (let place = 0; place < text.length;) {
    const word = known.find((each) => text.startsWith(each, place)) ?? String.fromCodePoint(text.codePointAt(place) ?? 32)
    small += known.includes(word) ? word : word.toLowerCase()
    place += word.length
  }
  return [...small].filter((letter) => own(letters, letter) !== undefined).join('').trim()
}

/** The tokens that stand alone, and what is between them. */
function parts(text: string, apart: string[]): string[] {
  if (apart.length === 0) return text ? [text] : []
  const longest = apart.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).sort((a, b) => b.length - a.length)
  return text.split(new RegExp(`(${longest.join('|')})`, 'u')).filter(Boolean)
}

const own = (table: Record<string, number>, key: string): number | undefined => (Object.hasOwn(table, key) ? table[key] : undefined)
