/** Rows into the model's tensors, and its tensors back into one prediction a row. */
import type { Feeds, Manifest, Outputs, TensorData, TensorLike } from '../../../shared/api.js'
import type { TabularPipeline } from '../../../shared/manifest.gen.js'
import { numberAt, numberToHalf } from '../../../shared/tensors.js'
import { answered, classScores, named, names } from '../shared/answer.js'
import { gapOf } from '../shared/cell.js'
import type { Column, Value } from './values.js'

type Input = Manifest['inputs'][number]

/** What the model said about one row: a label with its score, or numbers. */
export interface Prediction {
  label: string
  score: number | null
  values: number[]
}

const whole = (value: Value | undefined): bigint => {
  const number = Number(value ?? 0)
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n
}
const real = (value: Value | undefined): number => Number(value ?? 0)

/** `values` in the array type of `type`; what belongs to no column is 0 or the empty text. */
function toData(type: Input['type'], values: readonly (Value | undefined)[]): TensorData {
  switch (type) {
    case 'string': return values.map((value) => String(value ?? ''))
    case 'int64': return BigInt64Array.from(values, whole)
    case 'uint64': return BigUint64Array.from(values, whole)
    case 'float64': return Float64Array.from(values, real)
    case 'float16': return Uint16Array.from(values, (value) => numberToHalf(real(value)))
    case 'int32': return Int32Array.from(values, real)
    case 'uint32': return Uint32Array.from(values, real)
    case 'int16': return Int16Array.from(values, real)
    case 'uint16': return Uint16Array.from(values, real)
    case 'int8': return Int8Array.from(values, real)
    case 'uint8': return Uint8Array.from(values, real)
    case 'bool': return Uint8Array.from(values, (value) => (real(value) ? 1 : 0))
    default: return Float32Array.from(values, real)
  }
}

/** [N] for rank 1, otherwise N and the input's own further sizes, where an open one takes the number of its columns. */
function dimsOf(input: Input, rows: number, width: number): number[] {
  const shape = input.shape ?? [null, width]
  if (shape.length === 0) return []
  if (shape.length === 1) return width === 1 ? [rows] : [width]
  const fixed = shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : 0))
  const known = fixed.reduce((product, dim) => product * (dim || 1), 1)
  let open = Math.max(1, Math.round(width / known))
  return [rows, ...fixed.map((dim) => {
    if (dim) return dim
    const size = open
    open = 1
    return size
  })]
}

function tensorOf(input: Input, columns: readonly Column[], rows: readonly (readonly Value[])[]): TensorLike {
  const mine = columns.map((column, position) => ({ column, position })).filter(({ column }) => column.input === input.name)
  const width = Math.max(1, ...mine.map(({ column }) => column.index + 1))
  const values: (Value | undefined)[] = Array.from({ length: rows.length * width })
  rows.forEach((row, r) => {
    for (const { column, position } of mine) values[r * width + column.index] = row[position] ?? gapOf(column)
  })
  return { type: input.type, dims: dimsOf(input, rows.length, width), data: toData(input.type, values) }
}

/** One tensor an input; `rows` hold their values in the order of `columns`. */
export function buildFeeds(manifest: Manifest, rows: readonly (readonly Value[])[]): Feeds {
  const columns = manifest.tabular?.columns ?? []
  return Object.fromEntries(manifest.inputs.map((input) => [input.name, tensorOf(input, columns, rows)]))
}

/** Whether several rows fit into one run: every input leaves its first size open. */
export const takesBatches = (manifest: Manifest): boolean => {
  const columns = manifest.tabular?.columns ?? []
  return manifest.inputs.every(({ name, shape }) => {
    if (shape === null) return true
    const single = columns.filter((column) => column.input === name).length === 1
    return shape.length > 0 && typeof shape[0] !== 'number' && (shape.length > 1 || single)
  })
}

/** Row `row` of the scores, as the classes have them. */
function scoresOf(scores: TensorLike, row: number, rows: number, table: TabularPipeline): number[] {
  const width = Math.floor(scores.data.length / rows)
  return classScores(Array.from({ length: width }, (_, c) => numberAt(scores.data, row * width + c, scores.type)), table)
}

/** The same choice as `predict` makes. */
function classify(manifest: Manifest, outputs: Outputs, row: number, rows: number): Prediction {
  const { tabular: table, labels = [] } = manifest
  if (table == null) return { label: '', score: null, values: [] }
  const scores = table.scores == null ? undefined : outputs[table.scores]
  const chosen = table.label == null ? undefined : outputs[table.label]
  const name = chosen && named(chosen.data, row, chosen.type === 'bool', table, labels)
  const [best] = answered(name, scores && scoresOf(scores, row, rows, table), names(table, labels))
  return { label: best?.label ?? '', score: best === undefined || Number.isNaN(best.score) ? null : best.score, values: [] }
}

/** One prediction a row, in order. */
export function readPredictions(manifest: Manifest, outputs: Outputs, rows: number): Prediction[] {
  const name = manifest.tabular?.values
  const values = name ? outputs[name] : undefined
  return Array.from({ length: rows }, (_, row) => {
    if (!values) return classify(manifest, outputs, row, rows)
    const width = Math.floor(values.data.length / rows)
    return { label: '', score: null, values: Array.from({ length: width }, (_unused, c) => numberAt(values.data, row * width + c, values.type)) }
  })
}
