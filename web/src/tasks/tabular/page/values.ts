/** One cell of a table as the value that its column wants, or a sentence about why it is not. */
import type { Manifest, Row } from '../../../shared/api.js'
import { tabular as t } from '../../../page/ui/strings.gen.js'
import { lang } from '../../../page/ui/strings.js'
import { plain } from '../../../page/ui/plain.js'
import { readNumber, refused } from '../shared/cell.js'

/** What tables write where a number is missing. */
const NOTHING = /^(na|n\/a|<na>|null|none)$/i
/** As builder/edgeweb/tasks/tabular/tables.py has them. */
const YES = new Set(['true', '1', '1.0', 'yes', 'y', 't'])
const NO = new Set(['false', '0', '0.0', 'no', 'n', 'f'])

export type Column = NonNullable<Manifest['tabular']>['columns'][number]
export type Value = Row[string]
export type Parsed = { value: Value } | { wrong: string }

/** Whether people who read the page write 1,5: one and a half is meant then, and a thousand and five hundred never written so. */
const decimalComma = (): boolean => new Intl.NumberFormat(lang).format(1.5) === '1,5'

function parseNumber(text: string, integer: boolean): Parsed {
  if (/^(true|false)$/i.test(text)) return { value: text.toLowerCase() === 'true' ? 1 : 0 }
  if (/^[+-]?\d*,\d+$/.test(text)) return decimalComma() ? parseNumber(text.replace(',', '.'), integer) : { wrong: t.decimalPoint }
  const value = readNumber(text)
  if (value === undefined) return { wrong: t.notNumber }
  return integer && !Number.isSafeInteger(value) ? { wrong: t.notInteger } : { value }
}

function parseBoolean(text: string): Parsed {
  const lower = text.toLowerCase()
  if (YES.has(lower)) return { value: true }
  return NO.has(lower) ? { value: false } : { wrong: t.notBoolean }
}

/** `text` from a field or a CSV cell; null is a missing value, where the column may have one. */
export function parseValue(column: Column, text: string): Parsed {
  const { type, choices } = column
  const trimmed = text.trim()
  const lacks = trimmed === '' || (type !== 'text' && NOTHING.test(trimmed)) || (type === 'integer' && /^nan$/i.test(trimmed))
  if (lacks) return column.missing ? { value: null } : { wrong: t.required }
  if (type === 'boolean') return parseBoolean(trimmed)
  const known = choices?.includes(text) ? text : trimmed
  const parsed = type === 'text' ? { value: known } : parseNumber(trimmed, type === 'integer')
  return 'value' in parsed && refused(column, String(parsed.value)) ? { wrong: t.notChoice(shortened(choices ?? [])) } : parsed
}

const shortened = (choices: readonly string[]): string => choices.slice(0, 8).map((choice) => (choice === '' ? t.empty : plain(choice, 30))).join(', ')
