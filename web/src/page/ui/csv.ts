/** CSV as people save it: commas, semicolons or tabs, quotes, any line ends; read with line numbers, written safely. */
import { InputError } from './session.js'
import { tabular as tabularWords } from './strings.gen.js'

export interface CsvRow {
  /** Where the row begins in the file, from 1 on. */
  line: number
  cells: string[]
}

const DELIMITERS = [',', ';', '\t'] as const

/** The delimiter seen most often outside quotes in the first line that has any. */
export function sniff(text: string): string {
  const counts = new Map<string, number>(DELIMITERS.map((delimiter) => [delimiter, 0]))
  let quoted = false
  for (const char of text.slice(0, 65536)) {
    if (char === '"') quoted = !quoted
    else if (!quoted && counts.has(char)) counts.set(char, (counts.get(char) ?? 0) + 1)
    else if (!quoted && char === '\n' && Math.max(...counts.values()) > 0) break
  }
  return DELIMITERS.reduce((best, each) => ((counts.get(each) ?? 0) > (counts.get(best) ?? 0) ? each : best))
}

/** A position in the text and the line that it is on. */
interface Cursor {
  at: number
  line: number
}

/** A quoted cell, from after its opening quote to after its closing one. */
function quotedCell(text: string, cursor: Cursor): string {
  const opened = cursor.line
  let cell = ''
  for (;;) {
    const end = text.indexOf('"', cursor.at)
    if (end < 0) throw new InputError(tabularWords.unclosed(opened), tabularWords.csvHint)
    const part = text.slice(cursor.at, end)
    for (let i = part.indexOf('\n'); i >= 0; i = part.indexOf('\n', i + 1)) cursor.line += 1
    cell += part
    cursor.at = end + 1
    if (text[cursor.at] !== '"') return cell
    cell += '"'
    cursor.at += 1
  }
}

/** The characters up to the next delimiter or line end. */
function bareCell(text: string, cursor: Cursor, delimiter: string): string {
  const begin = cursor.at
  let at = begin
  while (at < text.length) {
    const char = text[at]
    if (char === delimiter || char === '\n' || char === '\r') break
    at += 1
  }
  cursor.at = at
  return text.slice(begin, at)
}

function readRow(text: string, cursor: Cursor, delimiter: string): CsvRow {
  const row: CsvRow = { line: cursor.line, cells: [] }
  for (;;) {
    while (text[cursor.at] === ' ' && delimiter !== ' ') cursor.at += 1
    let cell = ''
    if (text[cursor.at] === '"') {
      cursor.at += 1
      cell = quotedCell(text, cursor)
    }
    row.cells.push(cell + bareCell(text, cursor, delimiter).trimEnd())
    if (text[cursor.at] !== delimiter) break
    cursor.at += 1
  }
  if (text[cursor.at] === '\r') cursor.at += 1
  if (text[cursor.at] === '\n') cursor.at += 1
  cursor.line += 1
  return row
}

/**
 * Every row that has any content; with `blank` those as well that have cells and nothing in them.
 *
 * @throws InputError when a quotation mark is never closed.
 */
export function parseCsv(source: string, blank = false): CsvRow[] {
  const text = source.replace(/^\ufeff/, '')
  const between = sniff(text)
  const rows: CsvRow[] = []
  const cursor: Cursor = { at: 0, line: 1 }
  while (cursor.at < text.length) {
    const row = readRow(text, cursor, between)
    if (row.cells.some((cell) => cell !== '') || (blank && row.cells.length > 1)) rows.push(row)
  }
  return rows
}

/** Text of a file: UTF-8, or UTF-16 where a byte order mark says so (Excel's "Unicode text"). */
export function decodeText(buffer: ArrayBuffer): string {
  const head = new Uint8Array(buffer, 0, Math.min(2, buffer.byteLength))
  const encoding = head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(buffer)
    if (text.includes('\0')) throw new TypeError('binary')
    return text
  } catch {
    throw new InputError(tabularWords.unreadable, tabularWords.csvHint)
  }
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** One cell for a file that a spreadsheet may open: text that would run as a formula is defused with an apostrophe. */
export function csvCell(value: string | number | bigint | boolean): string {
  let text = String(value)
  if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && !NUMBER.test(text)) text = `'${text}`
  return /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows as CSV with CRLF line ends (RFC 4180). */
export const writeCsv = (rows: readonly (readonly (string | number | bigint | boolean)[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')
