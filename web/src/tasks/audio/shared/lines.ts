/** What was said as lines to read, and as the subtitles of a player. */
import type { Said } from '../../../shared/api.js'

/** A pause of so many seconds ends a line, and so do so many letters. */
const PAUSE_S = 0.6
const LETTERS = 80

/** Words that follow each other as lines; what is a sentence already stays one. */
export function linesOf(segments: readonly Said[]): Said[] {
  const lines: Said[] = []
  for (const { text, start, end } of segments) {
    const last = lines.at(-1)
    const near = last !== undefined && last.end !== null && start - last.end < PAUSE_S && last.text.length + text.length < LETTERS
    if (near && !/\s/.test(text.trim())) Object.assign(last, { text: `${last.text} ${text.trim()}`, end })
    else lines.push({ text: text.trim(), start, end })
  }
  return lines
}

/** WebVTT; a line that is open ends where the next begins, or soon. */
export function subtitles(lines: readonly Said[]): string {
  const cues = lines.map(({ text, start, end }, i) => `${stamp(start)} --> ${stamp(end ?? lines[i + 1]?.start ?? start + 5)}\n${text.replaceAll('-->', '→').replaceAll('&', '&amp;').replaceAll('<', '&lt;')}\n`)
  return `WEBVTT\n\n${cues.join('\n')}`
}

function stamp(seconds: number): string {
  const thousandths = Math.round(seconds * 1000)
  const [hours, minutes, rest] = [Math.floor(thousandths / 3_600_000), Math.floor(thousandths / 60_000) % 60, thousandths % 60_000]
  return `${two(hours)}:${two(minutes)}:${two(Math.floor(rest / 1000))}.${String(rest % 1000).padStart(3, '0')}`
}

const two = (value: number): string => String(value).padStart(2, '0')
