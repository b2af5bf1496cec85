/** What a site of texts asks for: one text, or two that belong together. */
import type { Manifest, PredictInput, TextOptions } from '../../../shared/api.js'

/** The result that the manifest tells; `labels`: those of the visitor, `ranking`: of passages. */
export type Form = NonNullable<Manifest['text']>['result'] | 'labels' | 'ranking'

/** Forms that need a second text. */
export type Twofold = 'answers' | 'labels' | 'ranking'

export function formOf({ text, task }: Manifest): Form {
  if (text?.entails != null && task === 'zero-shot-classification') return 'labels'
  if (text?.result === 'classification' && task === 'text-ranking') return 'ranking'
  return text?.result ?? 'classification'
}

export const isTwofold = (form: Form): form is Twofold => form === 'answers' || form === 'labels' || form === 'ranking'

const lines = (text: string, between = /\n/): string[] => text.split(between).map((line) => line.trim()).filter(Boolean)

export const labelsIn = (text: string): string[] => [...new Set(lines(text, /[\n,;]/))]

/** What is asked of the model; undefined where the second text is missing. */
export function questionOf(form: Form, text: string, other: string, several: boolean): [PredictInput, TextOptions] | undefined {
  if (isTwofold(form) && other.trim() === '') return undefined
  switch (form) {
    case 'answers': return [{ question: text, context: other }, {}]
    case 'labels': return [{ text, labels: labelsIn(other) }, { several }]
    case 'ranking': return [{ text, pair: lines(other) }, {}]
    case 'embedding': return [text, lines(other).length ? { others: lines(other) } : {}]
    default: return [text, {}]
  }
}
