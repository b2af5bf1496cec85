/** What a model says of one row, out of its outputs: its own label, with scores where there are such, or scores alone. */
import type { LabelScore, TensorData } from '../../../shared/api.js'
import type { TabularPipeline } from '../../../shared/manifest.gen.js'

/** The scores of one row, as the classes have them. */
export function classScores(own: readonly number[], { softmax, pair }: TabularPipeline): number[] {
  const [first = 0] = own
  if (pair) return [1 - first, first]
  return softmax ? shares(own) : [...own]
}

/** The best first. The model's own label is the answer: where scores are equal, or rounded, another could come first. */
export function answered(label: string | undefined, scores: readonly number[] | undefined, labels: readonly string[]): LabelScore[] {
  const ranked = (scores ?? []).map((score, i) => ({ label: labels[i] ?? `class ${i}`, score })).sort((a, b) => b.score - a.score)
  return label === undefined || ranked[0]?.label === label ? ranked : [{ label, score: NaN }]
}

/** What the classes are called, in the order of the scores. */
export const names = ({ classes = [] }: TabularPipeline, labels: readonly string[]): readonly string[] => (labels.length ? labels : classes)

/** What the label at `place` is called: as the model gives it, unless the user has other names for its classes. */
export function named(data: TensorData, place: number, boolean: boolean, { classes = [] }: TabularPipeline, labels: readonly string[]): string {
  const value = data[place]
  const text = boolean ? String(value === 1 || value === 1n) : String(value ?? '')
  const known = classes.indexOf(text)
  return known >= 0 ? labels[known] ?? text : text
}

/** The softmax of logits. */
function shares(logits: readonly number[]): number[] {
  const top = Math.max(...logits)
  const powers = logits.map((x) => Math.exp(x - top))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((x) => x / sum)
}
