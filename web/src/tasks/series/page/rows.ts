/** From whatever holds measurements, CSV or rows, to numbers for the columns that a model takes. */
import type { PredictInput } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'

const HINT = 'Give a line a row, the oldest first, with a number for each column.'
/** More rows than anybody looks at would hold the page up. */
const MOST = 200_000

/** Rows one after the other, a value for each of `columns`. */
export async function rowsOf(input: PredictInput, columns: readonly string[]): Promise<Float32Array> {
  if (typeof input === 'string') return fromText(input, columns).values
  if (input instanceof Blob) return fromText(await input.text(), columns).values
  if (input instanceof Float32Array) {
    if (input.length % columns.length) throw wrong(`${input.length} numbers are no rows of ${columns.length}.`)
    return input
  }
  if (!Array.isArray(input)) throw wrong('This model takes measurements.')
  const rows = input as readonly (readonly number[])[]
  const odd = rows.findIndex((row) => !Array.isArray(row) || row.length !== columns.length || !row.every((value) => Number.isFinite(value)))
  if (odd >= 0) throw wrong(`Row ${odd + 1} has not ${columns.length === 1 ? 'one number' : `${columns.length} numbers`}.`)
  return Float32Array.from(rows.flat())
}

export interface Table {
  values: Float32Array
  /** What stood first in each row and is no column of the model, a time mostly; empty without such. */
  times: string[]
  /** Cells without a number, which got the one before. */
  filled: number
}

/** Lines of cells between commas, semicolons or tabs; a first line of names says which column is which, otherwise they come in order. */
export function fromText(text: string, columns: readonly string[]): Table {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/).map((line, at) => ({ line, at: at + 1 })).filter(({ line }) => line.trim() !== '')
  const [first] = lines
  if (first === undefined) throw wrong('There are no rows.')
  if (lines.length > MOST) throw wrong(`There are ${lines.length.toLocaleString('en')} rows, more than ${MOST.toLocaleString('en')}.`)
  const between = [';', '\t', ','].find((mark) => first.line.includes(mark)) ?? (/\S\s+\S/.test(first.line.trim()) ? ' ' : ',')
  const cells = (line: string): string[] => (between === ' ' ? line.trim().split(/\s+/) : line.split(between)).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
  // A comma is a decimal point where something else parts the cells.
  const number = (cell: string): number => (cell === '' ? NaN : Number(between === ',' ? cell : cell.replace(',', '.')))
  const head = cells(first.line)
  const named = head.some((cell) => cell !== '' && Number.isNaN(number(cell))) && !head.slice(1).some((cell) => !Number.isNaN(number(cell)))
  const rows = named ? lines.slice(1) : lines
  const [sample] = rows
  if (sample === undefined) throw wrong('There are no rows under the names.')
  const places = placesOf(named ? head : null, cells(sample.line).map((cell) => !Number.isNaN(number(cell))), columns)
  const time = places.includes(0) ? -1 : 0
  const table: Table = { values: new Float32Array(rows.length * columns.length), times: [], filled: 0 }
  rows.forEach(({ line, at }, row) => {
    const found = cells(line)
    if (time === 0) table.times.push(found[0] ?? '')
    places.forEach((place, column) => {
      let value = number(found[place] ?? '')
      if (Number.isNaN(value)) {
        if (row === 0 || !/^(|nan|na|null|-)$/i.test(found[place] ?? '')) throw wrong(`Line ${at} has "${(found[place] ?? '').slice(0, 40)}" where a number for "${columns[column] ?? ''}" should be.`)
        value = table.values[(row - 1) * columns.length + column] as number
        table.filled++
      }
      table.values[row * columns.length + column] = value
    })
  })
  return table
}

/** Where in a line the value of each column stands. */
function placesOf(head: readonly string[] | null, numeric: readonly boolean[], columns: readonly string[]): number[] {
  const known = columns.map((column) => head?.findIndex((cell) => cell.toLowerCase() === column.toLowerCase()) ?? -1)
  if (known.every((place) => place >= 0)) return known
  const able = numeric.flatMap((is, place) => (is ? [place] : []))
  // One more in front is the time.
  if (able.length === columns.length + 1 && able[0] === 0 && known.every((place) => place < 0)) return able.slice(1)
  if (able.length === columns.length && known.every((place) => place < 0)) return able
  const missing = columns.filter((_, i) => (known[i] ?? -1) < 0)
  throw wrong(head && missing.length < columns.length ? `There is no column "${missing[0] ?? ''}".` : `A row has ${able.length} ${able.length === 1 ? 'number' : 'numbers'}, and the model takes ${columns.length}: ${columns.slice(0, 8).join(', ')}.`)
}

function wrong(message: string): EdgewebError {
  return new EdgewebError('input', message, HINT)
}
