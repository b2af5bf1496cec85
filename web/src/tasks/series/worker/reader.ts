/** Rows of measurements through a model, window by window: what was expected of each row, and when that is alarming. */
import type { Result } from '../../../shared/api.js'
import { alarmsIn } from '../shared/alarms.js'
import { EdgewebError } from '../../../shared/errors.js'
import { makeInput } from '../../../shared/golden.js'
import type { SeriesPipeline } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import { take } from '../../../worker/outputs.js'
import type { Answer, Open, Runs } from '../../../worker/reader.js'

type Series = Omit<Extract<Result, { task: 'series' }>, 'milliseconds'>

export const open: Open = ({ series }, runs) => ({
  graphs: [series?.preprocess, series?.postprocess],
  predict: (payload) => (payload.kind === 'rows' ? measured(payload.values, series, runs) : undefined),
})

async function measured(values: Float32Array, series: SeriesPipeline | null | undefined, runs: Runs): Promise<Answer> {
  if (series == null) throw new EdgewebError('input', 'This model does not take measurements.', 'Use run() with named feeds.')
  return seriesOf(values, series, runs)
}

/** @param values rows one after the other, as many values each as the model has columns. */
async function seriesOf(values: Float32Array, pipeline: SeriesPipeline, runs: Runs): Promise<Series> {
  const { window, columns, batch, result } = pipeline
  const rows = values.length / columns.length
  if (rows < window) throw new EdgewebError('input', `The model needs ${window} ${window === 1 ? 'row' : 'rows'} at once, and there ${rows === 1 ? 'is' : 'are'} ${rows}.`, 'Give more rows.')
  const found: Found = { predicted: [], scores: [] }
  let memory: Named = new Map((pipeline.states ?? []).map(({ input, type, dims }) => [input, makeInput({ name: input, type, dims, seed: 0, low: 0, high: 0 })]))
  for (let first = 0; first + window <= rows; first += batch) {
    const count = Math.min(batch, rows - window - first + 1)
    const some = new Float32Array(count * window * columns.length)
    for (let i = 0; i < count; i++) some.set(values.subarray((first + i) * columns.length, (first + i + window) * columns.length), i * window * columns.length)
    const tensor = take(await runs.small(pipeline.preprocess, new Map([['rows', { type: 'float32', dims: [count, window, columns.length], data: some }]])), 'tensor')
    const gave = await runs.infer(new Map([...memory, [pipeline.input, tensor]]))
    memory = new Map((pipeline.states ?? []).map(({ input, output, dims }) => [input, { ...take(gave, output), dims }]))
    const feeds: Named = new Map([['raw0', take(gave, pipeline.output)]])
    if (result === 'reconstruction') feeds.set('tensor', tensor)
    gather(await runs.small(pipeline.postprocess, feeds), count, pipeline, found)
  }
  return asSeries(values, rows, found, pipeline)
}

interface Found {
  /** Of every window [horizon][targets]. */
  predicted: number[][][]
  scores: number[]
}

function gather(read: Named, count: number, { targets, horizon, result }: SeriesPipeline, into: Found): void {
  if (result !== 'forecast') into.scores.push(...(take(read, 'scores').data as Float32Array))
  if (result === 'score') return
  const data = take(read, 'predicted').data as Float32Array
  const width = targets.length
  for (let i = 0; i < count; i++) into.predicted.push(Array.from({ length: horizon }, (_, h) => Array.from(data.subarray((i * horizon + h) * width, (i * horizon + h + 1) * width))))
}

function asSeries(values: Float32Array, rows: number, { predicted, scores }: Found, pipeline: SeriesPipeline): Series {
  const { window, columns, targets, result, alarm = 'error', threshold = null } = pipeline
  const last = predicted.at(-1) ?? []
  // Of a row that several windows tell of, the latest does; of those before the first window's end, that one.
  const rowsOf = result === 'forecast' ? [...predicted.slice(0, -1).map(([next = []]) => next), ...last]
    : result === 'reconstruction' ? [...(predicted[0] ?? []).slice(0, -1), ...predicted.map((each) => each.at(-1) ?? [])] : []
  const errors = result === 'forecast' ? rowsOf.slice(0, rows - window).map((row, i) => row.reduce((sum, value, k) => sum + Math.abs(value - (values[(window + i) * columns.length + (targets[k] ?? 0)] ?? 0)), 0) / row.length) : scores
  const start = result === 'forecast' ? window : result === 'reconstruction' ? 0 : window - 1
  const made = { columns: [...columns], targets: [...targets], rows, start, predicted: rowsOf, scores: errors, scored: result === 'forecast' ? window : window - 1, alarm, threshold }
  return { task: 'series', ...made, alarms: alarmsIn(made, threshold) }
}
