/** What a postprocess hook returned, as one of the result forms where it says that it is one. */
import type { LabelScore, Result } from '../shared/api.js'

const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every((item) => typeof item === 'number')

function isLabels(value: unknown): value is LabelScore[] {
  return Array.isArray(value) && value.every((item: unknown) => {
    const { label, score } = (item ?? {}) as Partial<LabelScore>
    return typeof label === 'string' && typeof score === 'number'
  })
}

/** A form whose content is not what it should be is shown as the JSON that it is. */
export function asResult(value: unknown): Result {
  const { task, labels, values, text } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  if (task === 'classification' && isLabels(labels)) return { task, labels, milliseconds: 0 }
  if (task === 'regression' && isNumbers(values)) return { task, values, milliseconds: 0 }
  if (task === 'text' && typeof text === 'string') return { task, text, milliseconds: 0 }
  return { task: 'json', value, milliseconds: 0 }
}
