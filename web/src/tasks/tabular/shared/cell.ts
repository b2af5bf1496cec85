/** What is given for one column, as the value that the model is fed, also where it is missing. */
import type { Column } from '../../../shared/manifest.gen.js'

/** A value for the model; that none was given; or why it is none. */
export type Cell = { value: string | number } | { missing: true } | { wrong: 'number' | 'integer' | 'boolean' | 'choice' }

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** What a text says, where it is a number, as builder/edgeweb/tasks/fields.py reads it; undefined: it is none. */
export function readNumber(text: string): number | undefined {
  if (/^[+-]?nan$/i.test(text)) return NaN
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return PLAIN.test(text) ? Number(text) : undefined
}

/** What the model takes for a missing value; undefined: it takes none. */
export function gapOf({ type, missing, gap }: Column): string | number | undefined {
  return missing === true ? gap ?? (type === 'text' ? '' : NaN) : undefined
}

/** Whether a column knows all that it takes, and not this. */
export function refused({ choices, others, type }: Column, text: string): boolean {
  return others !== true && choices != null && choices.length > 0 && (type === 'text' || type === 'integer') && !choices.includes(text)
}

/** `given`: of a row that may be written by anybody. NaN is a number, but where a column has no such. */
export function readCell(column: Column, given: unknown): Cell {
  if (given === undefined || given === null) return { missing: true }
  if (typeof given === 'string' && given.trim() === '') return { missing: true }
  if (Number.isNaN(given) && column.type !== 'number') return { missing: true }
  if (typeof given === 'object' || typeof given === 'function' || typeof given === 'symbol') return { wrong: column.type === 'boolean' ? 'boolean' : 'number' }
  const text = String(given)
  if (column.type === 'text') return refused(column, text) ? { wrong: 'choice' } : { value: text }
  if (column.type === 'boolean') return truth(text.trim().toLowerCase())
  const number = typeof given === 'string' ? readNumber(text.trim()) : Number(given)
  if (number === undefined) return { wrong: 'number' }
  if (column.type !== 'number' && Number.isNaN(number)) return { missing: true }
  if (column.type === 'integer' && !Number.isInteger(number)) return { wrong: 'integer' }
  return refused(column, String(number)) ? { wrong: 'choice' } : { value: number }
}

function truth(text: string): Cell {
  if (text === 'true' || text === '1') return { value: 1 }
  return text === 'false' || text === '0' ? { value: 0 } : { wrong: 'boolean' }
}
