/** Numbers as people read them: bytes, percentages, times, shapes and values. */
import type { LabelScore } from '../../shared/api.js'
import { lang } from './strings.js'

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
type Unit = (typeof UNITS)[number] | 'millisecond' | 'second'

/** Formats are costly to make, and some are used for every bar and cell. */
const formats = new Map<string, Intl.NumberFormat>()

function format(value: number, digits: number, style: 'decimal' | 'percent' | Unit): string {
  const key = `${digits} ${style}`
  let found = formats.get(key)
  if (found === undefined) {
    const unit = style === 'decimal' || style === 'percent' ? { style } : { style: 'unit', unit: style, unitDisplay: style === 'byte' ? 'long' : style === 'second' ? 'narrow' : 'short' } as const
    found = new Intl.NumberFormat(lang, { ...unit, minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false })
    formats.set(key, found)
  }
  return found.format(value)
}

/** A number with so many digits after the decimal sign. */
export const fixed = (value: number, digits: number): string => format(value, digits, 'decimal')

/** Decimal units, as download managers and data plans count. */
export function bytes(count: number): string {
  let value = Math.max(0, count)
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return format(value, unit === 0 || value >= 99.5 ? 0 : 1, UNITS[unit] ?? 'byte')
}

/** Megabytes with one digit, so that a running count keeps its width. */
export const megabytes = (count: number): string => format(count / 1e6, 1, 'megabyte')

export const share = (value: number, digits: number): string => format(value, digits, 'percent')

/** A share of 1; never rounds to 0 % or 100 % what is neither. */
export function percent(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value > 0 && value < 0.001) return `< ${share(0.001, 1)}`
  if (value < 1 && value > 0.999) return `> ${share(0.999, 1)}`
  return share(value, value >= 0.9995 || value === 0 ? 0 : 1)
}

export const seconds = (value: number): string => format(value, 1, 'second')

export function milliseconds(value: number): string {
  return value >= 999.5 ? seconds(value / 1000) : format(value, value < 10 ? 1 : 0, 'millisecond')
}

/** Six digits and no groups: numbers here are read one by one, and copied. */
let plain: Intl.NumberFormat | undefined

/** A number of a tensor; NaN, infinities and big integers as they are called. */
export function value(found: number | bigint | string): string {
  if (typeof found !== 'number') return String(found)
  if (!Number.isFinite(found) || Number.isInteger(found) && Math.abs(found) < 1e12) return String(found)
  const size = Math.abs(found)
  if (size < 1e-4 || size >= 1e9) return found.toExponential(4)
  return (plain ??= new Intl.NumberFormat(lang, { maximumSignificantDigits: 6, useGrouping: false })).format(found)
}

export const shape = (dims: readonly (number | string | null)[] | null): string =>
  dims === null ? '[…]' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] ?? 0 : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Whether scores can be read as shares of one: all within 0..1 and adding up to 1. */
export function areShares(labels: readonly LabelScore[]): boolean {
  let sum = 0
  for (const { score } of labels) {
    if (!(score >= -1e-6 && score <= 1 + 1e-6)) return false
    sum += score
  }
  return Math.abs(sum - 1) < 0.02
}
