/** What was said, from the likeliest token of each frame, as transformers' Wav2Vec2CTCTokenizer writes it. */
import type { Said } from '../../../shared/api.js'
import type { Ctc } from '../../../shared/manifest.gen.js'

/** A token that was written, and the frames from its beginning to that of what follows. */
interface Written {
  text: string
  from: number
  to: number
}

/** What tokenizers take away where they tidy up: a space before these. */
const LOOSE = [' .', ' ?', ' !', ' ,', " ' ", " n't", " 'm", " 's", " 've", " 're"]

/** Frames with the same token are one; a blank between two keeps them apart. */
function written(ids: ArrayLike<number>, { tokens, unknown, blank, delimiter, space }: Ctc): Written[] {
  const found: Written[] = []
  for (let i = 0; i < ids.length;) {
    const token = tokens[ids[i] as number] ?? unknown
    const from = i
    while (i < ids.length && (tokens[ids[i] as number] ?? unknown) === token) i++
    if (token !== blank) found.push({ text: token === delimiter ? space : token, from, to: i })
  }
  return found
}

export function textOf(ids: ArrayLike<number>, ctc: Ctc): string {
  const text = finished(written(ids, ctc).map((each) => each.text).join('').trim(), ctc)
  return ctc.tidy ? LOOSE.reduce((all, loose) => all.replaceAll(loose, loose.trim()), text) : text
}

/** Words with their times, in seconds of a sound of `rate` samples a second. */
export function wordsOf(ids: ArrayLike<number>, ctc: Ctc, rate: number): Said[] {
  const words: Written[] = []
  let within = false
  for (const { text, from, to } of written(ids, ctc)) {
    const last = words.at(-1)
    if (text === ctc.space) within = false
    else if (within && last) Object.assign(last, { text: last.text + text, to })
    else {
      words.push({ text, from, to })
      within = true
    }
  }
  return words.map(({ text, from, to }) => ({ text: finished(text, ctc), start: (from * ctc.ratio) / rate, end: (to * ctc.ratio) / rate }))
}

const finished = (text: string, { lower }: Ctc): string => (lower ? text.toLowerCase() : text)
