/** Many inputs at once: lines of text, or the rows of a CSV file with a column for each of two texts. */
import type { PredictInput, Result, TextOptions } from '../../../shared/api.js'
import { parseCsv } from '../../../page/ui/csv.js'
import { InputError } from '../../../page/ui/session.js'
import { text as t } from '../../../page/ui/strings.gen.js'
import type { Form } from './form.js'

/** `second`: the pair, or the text that has the answer. */
export interface Entry {
  text: string
  second?: string
}

export interface Line extends Entry {
  label: string
  /** NaN where the model gives none. */
  score: number
  /** Of a model that gives numbers. */
  values: readonly number[]
}

/** What else is asked of each line. */
export interface Asks {
  labels?: readonly string[]
  several?: boolean
}

/** @throws InputError the columns are missing that this needs. */
export function entriesOf(source: string, form: Form): Entry[] {
  const [one, two] = form === 'answers' ? ['question', 'context'] : ['text', 'pair']
  const [head = ''] = source.replace(/^\ufeff/, '').split(/\r?\n/, 1)
  const columns = head.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, '').toLowerCase())
  const [first, second] = [columns.indexOf(one), columns.indexOf(two)]
  if (first >= 0 && second >= 0) {
    return parseCsv(source).slice(1).map(({ cells }) => ({ text: cells[first] ?? '', second: cells[second] ?? '' })).filter(({ text }) => text !== '')
  }
  if (form === 'answers' && source.trim() !== '') throw new InputError(t.noColumns, t.noColumnsHint)
  return source.split(/\r?\n/).map((line) => line.trim()).filter(Boolean).map((text) => ({ text }))
}

export function inputOf({ text, second }: Entry, form: Form, { labels, several }: Asks): [PredictInput, TextOptions] {
  if (form === 'answers') return [{ question: text, context: second ?? '' }, { topK: 1 }]
  if (form === 'labels') return [{ text, labels: labels ?? [] }, { several: several ?? false }]
  return [second === undefined ? text : { text, pair: second }, {}]
}

export function lineOf(entry: Entry, result: Result): Line {
  const line = { ...entry, label: '', score: NaN, values: [] }
  switch (result.task) {
    case 'classification': return { ...line, ...result.labels[0] }
    case 'answers': return { ...line, label: result.answers[0]?.text ?? '', score: result.answers[0]?.score ?? NaN }
    case 'text': return { ...line, label: result.text }
    case 'regression': return { ...line, values: result.values }
    default: return line
  }
}
