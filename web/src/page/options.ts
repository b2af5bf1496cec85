/** Whether what `predict()` is told besides its input is of the types that it says: each wrong one is a sentence that names it. */
import type { PredictOptions } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'

type Check = (value: unknown) => string | undefined

const text: Check = (value) => (typeof value === 'string' ? undefined : 'a text')
const texts: Check = (value) => (Array.isArray(value) && value.every((each) => typeof each === 'string') ? undefined : 'a list of texts')
const textOrTexts: Check = (value) => (text(value) === undefined || texts(value) === undefined ? undefined : 'a text, or a list of texts')
const number: Check = (value) => (typeof value === 'number' && Number.isFinite(value) ? undefined : 'a number')
const truth: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false')
const called: Check = (value) => (typeof value === 'function' ? undefined : 'a function')
const one = (...known: unknown[]): Check => (value) => (known.includes(value) ? undefined : known.map((each) => JSON.stringify(each)).join(', or '))
const listed = (of: string, each: (item: Record<string, unknown>) => boolean): Check => (value) => (Array.isArray(value) && value.every((item: unknown) => typeof item === 'object' && item !== null && each(item as Record<string, unknown>)) ? undefined : `a list of ${of}`)
const numbered = (keys: readonly string[], optional: readonly string[] = []) => (item: Record<string, unknown>): boolean => keys.every((key) => number(item[key]) === undefined) && optional.every((key) => item[key] === undefined || item[key] === 0 || item[key] === 1)
const said = listed("{ role: 'user', content: '...' }", ({ role, content }) => ['system', 'user', 'assistant'].includes(String(role)) && typeof content === 'string')
const template: Check = (value) => (typeof value === 'string' && value.includes('{}') ? undefined : 'a text with {} where the label goes')

const OPTIONS: Record<keyof PredictOptions, Check> = {
  others: texts, history: said, temperature: number, topK: number, topP: number, maxTokens: number, seed: number, beams: number,
  repetitionPenalty: number, noRepeatNgrams: number, lengthPenalty: number, stop: textOrTexts, language: text, source: text,
  timestamps: one(true, false, 'word'), template, several: truth, stream: one('more', 'end'), onText: called, onPart: called,
  signal: (value) => (value instanceof AbortSignal ? undefined : 'an AbortSignal'),
}

const PARTS: Record<string, Check> = {
  text, question: text, context: text, pair: textOrTexts, labels: texts,
  points: listed('{ x, y, label }', numbered(['x', 'y'], ['label'])), boxes: listed('{ x, y, width, height }', numbered(['x', 'y', 'width', 'height'])),
}

/** The options as they are; EdgewebError for the first that is of another type. What nobody knows is ignored. */
export function checkedOptions(options: PredictOptions): PredictOptions {
  if (typeof options !== 'object' || options === null) throw new EdgewebError('input', 'The options of predict() are no object.', 'Give them as { topK: 5 }, or leave them out.')
  check(options, OPTIONS)
  return options
}

/** The same of the parts of an input that are texts or places. */
export function checkParts(parts: object): void {
  check(parts, PARTS)
}

function check(given: object, known: Readonly<Record<string, Check>>): void {
  for (const [name, value] of Object.entries(given)) {
    const wanted = value === undefined || !Object.hasOwn(known, name) ? undefined : known[name]?.(value)
    if (wanted !== undefined) throw new EdgewebError('input', `${name} is ${shown(value)}.`, `Give ${wanted}, or leave it out.`)
  }
}

function shown(value: unknown): string {
  const written = typeof value === 'string' || (typeof value === 'object' && value !== null) ? JSON.stringify(value) : String(value)
  return written.length > 60 ? `${written.slice(0, 59)}…` : written
}
