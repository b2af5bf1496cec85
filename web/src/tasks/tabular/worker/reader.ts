/** Rows of a table: what the model says of one, as a label, scores or values. */
import type { TabularPipeline } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import { numbers, take } from '../../../worker/outputs.js'
import type { Answer, Open } from '../../../worker/reader.js'
import { answered, classScores, named, names } from '../shared/answer.js'
import { rowToFeeds } from './feeds.js'

export const open: Open = (manifest) => ({
  feeds: (payload) => (payload.kind === 'row' ? rowToFeeds(manifest, payload.row) : undefined),
  read: (outputs) => (manifest.tabular == null ? undefined : answer(manifest.tabular, manifest.labels ?? [], outputs)),
})

function answer(table: TabularPipeline, labels: readonly string[], outputs: Named): Answer | undefined {
  const { values, scores, label } = table
  if (values != null) {
    const found = numbers(take(outputs, values))
    return { task: 'regression', values: found, ...(labels.length === found.length && { names: [...labels] }) }
  }
  if (label == null && scores == null) return undefined
  const own = scores == null ? undefined : classScores(numbers(take(outputs, scores)), table)
  const chosen = label == null ? undefined : take(outputs, label)
  const name = chosen && named(chosen.data, 0, chosen.type === 'bool', table, labels)
  return { task: 'classification', labels: answered(name, own, names(table, labels)) }
}
