/** A CSV table matched to the model's columns, predicted, and written back with the predictions beside it. */
import type { Manifest } from '../../../shared/api.js'
import { parseCsv, writeCsv, type CsvRow } from '../../../page/ui/csv.js'
import { InputError, type Session } from '../../../page/ui/session.js'
import { tabular as t } from '../../../page/ui/strings.gen.js'
import { plain } from '../../../page/ui/plain.js'
import { buildFeeds, readPredictions, takesBatches, type Prediction } from './feeds.js'
import { parseValue, type Column, type Value } from './values.js'

/** Rows a run: large enough to be fast, small enough to show progress and to stay within memory. */
const BATCH = 4096

export interface Table {
  header: string[]
  rows: CsvRow[]
  /** Where each of the model's columns stands in a row. */
  positions: number[]
}

export interface RowError {
  line: number
  message: string
}

export interface Predicted {
  header: string[]
  rows: { cells: string[]; prediction: Prediction }[]
  errors: RowError[]
  /** Rows that were not predicted because the visitor stopped. */
  left: number
}

const simple = (text: string): string => text.trim().toLowerCase()

/** The position of each column's name in `header`, exact names first; -1 where it is missing. */
function match(columns: readonly Column[], header: readonly string[]): number[] {
  const used = new Set<number>()
  return columns.map((column) => {
    let found = header.findIndex((cell, i) => cell === column.name && !used.has(i))
    if (found < 0) found = header.findIndex((cell, i) => simple(cell) === simple(column.name) && !used.has(i))
    if (found >= 0) used.add(found)
    return found
  })
}

/**
 * The rows of `text` and where the model's columns are in them: by name, or in order when there are no names.
 *
 * @throws InputError when there is no row, or a column is missing.
 */
export function readTable(text: string, columns: readonly Column[]): Table {
  const blank = columns.length > 1 && columns.every((column) => column.missing)
  const rows = parseCsv(text, blank)
  const first = rows[0]
  if (!first) throw new InputError(t.noRows, t.noRowsHint)
  const positions = match(columns, first.cells)
  const missing = columns.filter((_, i) => positions[i] === -1)
  if (missing.length === 0) {
    if (rows.length === 1) throw new InputError(t.noRows, t.noRowsHint)
    return { header: first.cells, rows: rows.slice(1), positions }
  }
  // Without names every value must be readable where it stands; a wrong header is more likely otherwise.
  const readable = columns.every((column, i) => 'value' in parseValue(column, first.cells[i] ?? ''))
  const numeric = columns.some((column) => column.type !== 'text')
  if (missing.length === columns.length && first.cells.length === columns.length && (readable || !numeric)) {
    return { header: columns.map((column) => column.name), rows, positions: columns.map((_, i) => i) }
  }
  const names = missing.slice(0, 6).map((column) => plain(column.name, 40))
  if (missing.length > 6) names.push(t.moreErrors(missing.length - 6))
  throw new InputError(t.missing(names.join(', ')), t.missingHint)
}

/** The row's values in the order of the columns, or what is wrong with it. */
function readRow(row: CsvRow, table: Table, columns: readonly Column[]): Value[] | RowError {
  if (row.cells.length !== table.header.length) return { line: row.line, message: t.width(row.cells.length, table.header.length) }
  const values: Value[] = []
  for (const [i, column] of columns.entries()) {
    const parsed = parseValue(column, row.cells[table.positions[i] ?? -1] ?? '')
    if ('wrong' in parsed) return { line: row.line, message: t.inColumn(plain(column.name, 40), parsed.wrong) }
    values.push(parsed.value)
  }
  return values
}

/** Predicts every readable row; the others are reported by their line. What is done when `signal` aborts is kept. */
export async function predictTable(
  table: Table, manifest: Manifest, session: Session, progress: (done: number, of: number) => void, signal?: AbortSignal,
): Promise<Predicted> {
  const columns = manifest.tabular?.columns ?? []
  const errors: RowError[] = []
  const good: { cells: string[]; values: Value[] }[] = []
  for (const row of table.rows) {
    const read = readRow(row, table, columns)
    if (Array.isArray(read)) good.push({ cells: row.cells, values: read })
    else errors.push(read)
  }
  const size = takesBatches(manifest) ? BATCH : 1
  const rows: Predicted['rows'] = []
  for (let begin = 0; begin < good.length; begin += size) {
    const part = good.slice(begin, begin + size)
    const outputs = await session.run(buildFeeds(manifest, part.map(({ values }) => values)), signal).catch((error: unknown) => {
      if (!signal?.aborted) throw error
    })
    if (!outputs) break
    const predictions = readPredictions(manifest, outputs, part.length)
    part.forEach(({ cells }, i) => rows.push({ cells, prediction: predictions[i] ?? { label: '', score: null, values: [] } }))
    progress(rows.length, good.length)
  }
  return { header: table.header, rows, errors, left: good.length - rows.length }
}

/** The names of the columns that a prediction adds. */
export function addedHeader(predicted: Predicted): string[] {
  const first = predicted.rows[0]?.prediction
  if (!first || first.values.length === 0) return [t.prediction, t.score]
  return first.values.length === 1 ? [t.prediction] : first.values.map((_, i) => `${t.prediction}_${i + 1}`)
}

export const addedCells = ({ label, score, values }: Prediction): (string | number)[] =>
  values.length ? values : [label, score ?? '']

export const predictedCsv = (predicted: Predicted): string => writeCsv([
  [...predicted.header, ...addedHeader(predicted)],
  ...predicted.rows.map(({ cells, prediction }) => [...cells, ...addedCells(prediction)]),
])

const EXAMPLES: Record<Column['type'], string> = { number: '0.0', integer: '0', boolean: 'false', text: 'text' }

/** A file to start from: the names, and one line that is valid. */
export const templateCsv = (columns: readonly Column[]): string => writeCsv([
  columns.map((column) => column.name),
  columns.map((column) => column.value ?? column.choices?.find((choice) => choice !== '') ?? EXAMPLES[column.type]),
])
