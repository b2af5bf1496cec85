/** Numbers as people read them: bytes, percentages, times, shapes and values. */
import type { LabelScore } from '../../shared/api.js'

const UNITS = ['bytes', 'kB', 'MB', 'GB'] as const

/** Decimal units, as download managers and data plans count. */
export function bytes(count: number): string {
  let value = Math.max(0, count)
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** Megabytes with one digit, so that a running count keeps its width. */
export const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`

/** A share of 1; never rounds to 0 % or 100 % what is neither. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return String(share)
  const value = share * 100
  if (value > 0 && value < 0.1) return '< 0.1%'
  if (value < 100 && value > 99.9) return '> 99.9%'
  return `${value.toFixed(value >= 99.95 || value === 0 ? 0 : 1)}%`
}

export function milliseconds(value: number): string {
  if (value >= 9950) return `${(value / 1000).toFixed(1)} s`
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}

/** A number of a tensor; NaN, infinities and big integers as they are called. */
export function value(found: number | bigint | string): string {
  if (typeof found !== 'number') return String(found)
  if (!Number.isFinite(found) || Number.isInteger(found) && Math.abs(found) < 1e12) return String(found)
  const size = Math.abs(found)
  return size >= 1e-4 && size < 1e9 ? String(Number(found.toPrecision(6))) : found.toExponential(4)
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
