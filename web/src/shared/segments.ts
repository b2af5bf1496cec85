/** From values along a sound to its parts: stretches of activity, and notes by their names. */
import type { Segment } from './api.js'

export interface Rules {
  /** Seconds from one value to the next, and where the first begins. */
  step: number
  start: number
  /** A part begins at a value this high, and ends below `release`. */
  threshold: number
  release: number
  /** Seconds: shorter parts are left out, shorter pauses closed. */
  least: number
  gap: number
  label: string
  /** Of the values of a part: their mean, or the greatest. */
  score: 'mean' | 'max'
}

/** How far below the threshold activity may fall before it ends; what Silero's own post-processing does. */
export const RELEASE = 0.15

export function partsOf(values: ArrayLike<number>, rules: Rules): Segment[] {
  const { step, start, threshold, release, least, gap, label } = rules
  const found: { from: number; to: number }[] = []
  let from = -1
  for (let i = 0; i <= values.length; i++) {
    const value = values[i] ?? -Infinity
    if (from < 0 && value >= threshold) from = i
    if (from < 0 || value >= release) continue
    const last = found.at(-1)
    if (last && (from - last.to) * step <= gap) last.to = i
    else found.push({ from, to: i })
    from = -1
  }
  return found.filter((part) => (part.to - part.from) * step >= least).map((part) => {
    let [sum, most] = [0, -Infinity]
    for (let i = part.from; i < part.to; i++) {
      sum += values[i] ?? 0
      most = Math.max(most, values[i] ?? 0)
    }
    return { label, start: start + part.from * step, end: start + part.to * step, score: rules.score === 'mean' ? sum / (part.to - part.from) : most }
  })
}

const NAMES = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B']

/** "A4" for 69, as scientific pitch notation counts. */
export function noteName(midi: number): string {
  return `${NAMES[((midi % 12) + 12) % 12]}${Math.floor(midi / 12) - 1}`
}

/** 69 for "A4"; undefined for another text. */
export function noteNumber(name: string): number | undefined {
  const [, letter = '', octave = ''] = /^([A-G]♯?)(-?\d+)$/.exec(name) ?? []
  const place = NAMES.indexOf(letter)
  return place < 0 ? undefined : place + 12 * (Number(octave) + 1)
}

/** The nearest MIDI note of a frequency in hertz. */
export const noteOf = (hertz: number): number => Math.round(69 + 12 * Math.log2(hertz / 440))

/** Pitch as parts of one note each: values of at least `threshold` confidence whose nearest note is the same. */
export function pitched(hertz: ArrayLike<number>, confidence: ArrayLike<number>, rules: Pick<Rules, 'step' | 'start' | 'threshold' | 'least' | 'gap'>): Segment[] {
  const { step, start, threshold, least, gap } = rules
  const found: { note: number; from: number; to: number; sum: number; count: number }[] = []
  for (let i = 0; i < hertz.length; i++) {
    const sure = confidence[i] ?? 0
    const pitch = hertz[i] ?? 0
    if (sure < threshold || !(pitch > 0)) continue
    const note = noteOf(pitch)
    const last = found.at(-1)
    if (last?.note === note && (i - last.to) * step <= gap) Object.assign(last, { to: i + 1, sum: last.sum + sure, count: last.count + 1 })
    else found.push({ note, from: i, to: i + 1, sum: sure, count: 1 })
  }
  return found.filter((part) => (part.to - part.from) * step >= least)
    .map((part) => ({ label: noteName(part.note), start: start + part.from * step, end: start + part.to * step, score: part.sum / part.count }))
}

/** A note does not begin where its onset is not this likely. */
const ONSET = 0.5

/**
 * Notes from how likely each of them sounds, `frames` [times, notes], and begins, `onsets`; without those a note begins where it sounds.
 * A note ends where it is less likely than `threshold` for `gap` seconds, or begins anew.
 */
export function notesOf(frames: Float32Array, onsets: Float32Array | undefined, pitches: number, lowest: number, rules: Pick<Rules, 'step' | 'start' | 'threshold' | 'least' | 'gap'>): Segment[] {
  const { step, start, threshold, least, gap } = rules
  const times = frames.length / pitches
  const found: Segment[] = []
  const pause = Math.max(1, Math.round(gap / step))
  for (let pitch = 0; pitch < pitches; pitch++) {
    const at = (table: Float32Array, i: number): number => (i < 0 || i >= times ? 0 : (table[i * pitches + pitch] ?? 0))
    const strikes = (i: number): boolean => onsets !== undefined && at(onsets, i) >= ONSET && at(onsets, i) >= at(onsets, i - 1) && at(onsets, i) > at(onsets, i + 1)
    let [from, to, sum, low] = [-1, 0, 0, 0]
    const close = (): void => {
      if (from >= 0 && (to - from) * step >= least) found.push({ label: noteName(lowest + pitch), start: start + from * step, end: start + to * step, score: sum / (to - from) })
      from = -1
    }
    for (let i = 0; i < times; i++) {
      const level = at(frames, i)
      if (strikes(i)) close()
      if (from < 0 && (strikes(i) || level >= threshold)) [from, to, sum, low] = [i, i, 0, 0]
      if (from < 0) continue
      low = level >= threshold ? 0 : low + 1
      if (low >= pause) close()
      else if (low === 0) {
        sum += level
        to = i + 1
      }
    }
    close()
  }
  return found.sort((a, b) => a.start - b.start)
}
