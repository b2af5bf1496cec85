/** How a text is to be written: what the caller says, and otherwise the site. */
import type { TextOptions } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { Writer as Described } from '../../shared/manifest.gen.js'
import type { Rules } from './rules.js'
import type { Choice } from './sampling.js'

export interface Wishes {
  choice: Choice
  seed: number
  beams: number
  lengthPenalty: number
  earlyStopping: boolean | 'never'
  stop: readonly string[]
  /** Tokens to write at most, after so many that were read. */
  most(read: number): number
  rules: Omit<Rules, 'length'>
}

/** More are not followed at once: each keeps what it has read. */
const MOST_BEAMS = 64

export function wishesOf(options: TextOptions, described: Described): Wishes {
  const usual = described.sampling ?? {}
  const beams = whole('beams', options.beams, Math.min(usual.beams ?? 1, MOST_BEAMS), 1, MOST_BEAMS)
  const maxTokens = options.maxTokens === undefined ? undefined : whole('maxTokens', options.maxTokens, 1, 1, 1e6)
  return {
    choice: {
      temperature: beams > 1 ? 0 : number('temperature', options.temperature, usual.temperature ?? 0, 0, 100),
      topK: whole('topK', options.topK, usual.topK ?? 0, 0, 1e6), topP: number('topP', options.topP, usual.topP ?? 1, 0, 1), minP: usual.minP ?? 0,
    },
    seed: options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
    beams, lengthPenalty: number('lengthPenalty', options.lengthPenalty, usual.lengthPenalty ?? 1, -100, 100), earlyStopping: usual.earlyStopping ?? false,
    stop: texts(options.stop ?? described.stop ?? []),
    most: (read) => maxTokens ?? (usual.maxLength == null ? (usual.maxTokens ?? 256) : Math.max(1, usual.maxLength - read)),
    rules: {
      repetitionPenalty: number('repetitionPenalty', options.repetitionPenalty, usual.repetitionPenalty ?? 1, 0.01, 100),
      noRepeatNgrams: whole('noRepeatNgrams', options.noRepeatNgrams, usual.noRepeatNgrams ?? 0, 0, 1e4),
      readRepetitionPenalty: usual.readRepetitionPenalty ?? 1, readNoRepeatNgrams: usual.readNoRepeatNgrams ?? 0,
      banned: described.banned ?? [], stops: described.stops ?? [], minTokens: usual.minTokens ?? 0, minLength: usual.minLength ?? 0,
      forced: described.forced ?? [], forcedEnd: described.forcedEnd ?? undefined, suppress: described.suppress ?? [], suppressFirst: described.suppressFirst ?? [],
    },
  }
}

function texts(stop: string | readonly string[]): readonly string[] {
  const found = typeof stop === 'string' ? [stop] : stop
  if (!Array.isArray(found) || found.some((each) => typeof each !== 'string' || each === '')) throw new EdgewebError('input', 'stop is no text.', 'Give a text, or a list of texts, none of them empty.')
  return found
}

function whole(name: string, value: number | undefined, instead: number, low: number, high: number): number {
  return Math.floor(number(name, value, instead, low, high))
}

function number(name: string, value: number | undefined, instead: number, low: number, high: number): number {
  if (value === undefined) return instead
  if (typeof value === 'number' && value >= low && value <= high) return value
  throw new EdgewebError('input', `${name} is ${String(value)}.`, `Give a number from ${low} to ${high}.`)
}
