/** A model's outputs as plain numbers and ranked labels. */
import type { LabelScore, TensorLike } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import { numberAt } from '../shared/tensors.js'
import type { Named } from './engine.js'

export function take(outputs: Named, name: string): TensorLike {
  const tensor = outputs.get(name)
  if (tensor === undefined) throw new EdgewebError('site-invalid', `The model gave no output "${name}".`, 'Build the site again.')
  return tensor
}

export function numbers({ data, type }: TensorLike): number[] {
  return Array.from({ length: data.length }, (_, i) => numberAt(data, i, type))
}

export const labelAt = (labels: readonly string[], index: number): string => labels[index] ?? `class ${index}`

/** @param classes what each score is of; default: its own place. */
export function ranked(scores: readonly number[], labels: readonly string[], classes?: TensorLike): LabelScore[] {
  return scores.map((score, i) => ({ label: labelAt(labels, Number(classes?.data[i] ?? i)), score })).sort((a, b) => b.score - a.score)
}
