/** Rows of a table: what the model says of one, as a label, scores or values. */
import type { TensorLike } from '../../../shared/api.js'
import type { TabularPipeline } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import { numbers, ranked, take } from '../../../worker/outputs.js'
import type { Answer, Open } from '../../../worker/reader.js'
import { rowToFeeds } from './feeds.js'

export const open: Open = (manifest) => ({
  feeds: (payload) => (payload.kind === 'row' ? rowToFeeds(manifest, payload.row) : undefined),
  read: (outputs) => (manifest.tabular == null ? undefined : answer(manifest.tabular, manifest.labels ?? [], outputs)),
})

function answer({ values, scores, softmax, label }: TabularPipeline, labels: readonly string[], outputs: Named): Answer | undefined {
  if (values != null) return { task: 'regression', values: numbers(take(outputs, values)) }
  if (scores != null) {
    const found = numbers(take(outputs, scores))
    return { task: 'classification', labels: ranked(softmax ? shares(found) : found, labels) }
  }
  return label == null ? undefined : { task: 'classification', labels: [{ label: named(take(outputs, label), labels), score: 1 }] }
}

function named(tensor: TensorLike, labels: readonly string[]): string {
  const value = tensor.data[0]
  return typeof value === 'string' ? value : (labels[Number(value)] ?? String(value))
}

/** The softmax of logits. */
function shares(logits: number[]): number[] {
  const top = Math.max(...logits)
  const powers = logits.map((x) => Math.exp(x - top))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((x) => x / sum)
}
