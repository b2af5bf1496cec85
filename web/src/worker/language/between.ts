/** The answer in what a model has written: what stands between two marks. */
import type { Around } from '../../shared/manifest.gen.js'

/** As transformers' pipeline finds it: in one line, from the first beginning to the last end. */
export function between(text: string, { before, after }: Around): string {
  for (let from = text.indexOf(before); from >= 0; from = text.indexOf(before, from + 1)) {
    const [line = ''] = text.slice(from + before.length).split('\n', 1)
    const end = line.lastIndexOf(after)
    if (end >= 0) return line.slice(0, end).trim()
  }
  return ''
}
