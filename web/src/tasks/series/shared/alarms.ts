/** When a series is alarming: the rows whose expected value, or error, passes the threshold. */
import type { Alarm } from '../../../shared/api.js'

export interface Told {
  predicted: readonly (readonly number[])[]
  start: number
  scores: readonly number[]
  scored: number
  alarm: 'above' | 'below' | 'error'
}

/** Runs of rows, `end` included; `score` is the worst value in each. Nothing without a threshold. */
export function alarmsIn({ predicted, start, scores, scored, alarm }: Told, threshold: number | null): Alarm[] {
  if (threshold === null) return []
  const values = alarm === 'error' ? scores : predicted.map(([first = NaN]) => first)
  const first = alarm === 'error' ? scored : start
  const beyond = (a: number, b: number): boolean => (alarm === 'below' ? a < b : a > b)
  const found: Alarm[] = []
  values.forEach((value, i) => {
    if (!beyond(value, threshold)) return
    const last = found.at(-1)
    if (last?.end === first + i - 1) Object.assign(last, { end: first + i, score: beyond(value, last.score) ? value : last.score })
    else found.push({ start: first + i, end: first + i, score: value })
  })
  return found
}
