/** Tables: columns matched to names, cells checked by type, rows into tensors and predictions out of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Manifest, Outputs } from '../../../../src/shared/api.js'
import { buildFeeds, readPredictions, takesBatches } from '../../../../src/tasks/tabular/page/feeds.js'
import { predictedCsv, readTable, templateCsv } from '../../../../src/tasks/tabular/page/table.js'
import { parseValue, type Column } from '../../../../src/tasks/tabular/page/values.js'

const number = (name: string, index: number, input = 'x'): Column => ({ name, input, index, type: 'number' })
const COLUMNS: Column[] = [number('a', 0), number('b', 1)]

function manifest(over: Partial<Manifest>): Manifest {
  return {
    format: 1, name: 'm', title: 'm', release: 'r', task: 'tabular-classification', files: {}, variants: [], runtimes: {}, script: 's', interface: 'i',
    inputs: [{ name: 'x', type: 'float32', shape: [null, 2] }], outputs: [], tabular: { columns: COLUMNS, scores: 'p' }, labels: ['no', 'yes'], ...over,
  }
}

test('columns are found by name in any order, with others between them', () => {
  const table = readTable('b,note,A \n2,hi,1\n', COLUMNS)
  assert.deepEqual(table.positions, [2, 0])
  assert.equal(table.rows.length, 1)
})

test('without names the columns stand in order', () => {
  const table = readTable('1,2\n3,4\n', COLUMNS)
  assert.deepEqual(table.header, ['a', 'b'])
  assert.equal(table.rows.length, 2)
})

test('missing columns, wrong names and empty tables are refused', () => {
  assert.throws(() => readTable('a,c\n1,2', COLUMNS), /missing: b/)
  assert.throws(() => readTable('u,v\n1,2', COLUMNS), /missing: a, b/)
  assert.throws(() => readTable('', COLUMNS), /no rows/)
  assert.throws(() => readTable('a,b\n', COLUMNS), /no rows/)
})

test('cells are checked by the type of their column', () => {
  const parse = (column: Partial<Column>, text: string): unknown => {
    const parsed = parseValue({ ...number('a', 0), ...column }, text)
    return 'value' in parsed ? parsed.value : parsed.wrong
  }
  assert.equal(parse({}, ' 1.5e3 '), 1500)
  assert.equal(parse({}, 'nan'), NaN)
  assert.match(String(parse({}, '1,5')), /1\.5/)
  assert.match(String(parse({}, '0x10')), /Not a number/)
  assert.match(String(parse({}, '')), /Fill/)
  assert.equal(parse({ type: 'integer' }, '-3'), -3)
  assert.match(String(parse({ type: 'integer' }, '1.5')), /whole/)
  assert.equal(parse({ type: 'boolean' }, 'Yes'), true)
  assert.equal(parse({ type: 'boolean' }, '0'), false)
  assert.equal(parse({ type: 'text' }, ' x '), 'x')
  assert.match(String(parse({ type: 'text', choices: ['u', 'v'] }, 'w')), /u, v/)
  assert.equal(parse({ type: 'text', choices: ['u', 'v'], others: true }, 'w'), 'w')
  assert.match(String(parse({ type: 'integer', choices: ['1', '2'] }, '3')), /1, 2/)
  for (const type of ['number', 'integer', 'text'] as const) assert.equal(parse({ type, missing: true }, ' '), null)
  assert.equal(parse({ missing: true }, 'NA'), null)
  assert.match(String(parse({}, 'null')), /Fill/)
})

test('rows of nothing are rows where everything may be missing', () => {
  const columns = COLUMNS.map((column) => ({ ...column, missing: true }))
  const table = readTable('a,b\n,\n\n1,\n', columns)
  assert.deepEqual(table.rows.map(({ cells }) => cells), [['', ''], ['1', '']])
  const feeds = buildFeeds(manifest({ tabular: { columns, scores: 'p' } }), [[null, 2], [1, null]])
  assert.deepEqual(feeds['x']?.data, new Float32Array([NaN, 2, 1, NaN]))
  assert.equal(readTable('a,b\n,\n1,2\n', COLUMNS).rows.length, 1)
})

test('one input of many columns, and an input for each column', () => {
  const joined = buildFeeds(manifest({}), [[1, 2], [3, 4]])
  assert.deepEqual(joined['x'], { type: 'float32', dims: [2, 2], data: new Float32Array([1, 2, 3, 4]) })
  const columns: Column[] = [{ ...number('n', 0, 'n'), type: 'integer' }, { ...number('t', 0, 't'), type: 'text' }, { ...number('b', 0, 'b'), type: 'boolean' }]
  const split = manifest({
    inputs: [{ name: 'n', type: 'int64', shape: [null, 1] }, { name: 't', type: 'string', shape: ['N', 1] }, { name: 'b', type: 'bool', shape: ['N'] }],
    tabular: { columns, scores: 'p' },
  })
  assert.deepEqual(buildFeeds(split, [[1, 'u', true], [2, 'v', false]]), {
    n: { type: 'int64', dims: [2, 1], data: new BigInt64Array([1n, 2n]) },
    t: { type: 'string', dims: [2, 1], data: ['u', 'v'] },
    b: { type: 'bool', dims: [2], data: new Uint8Array([1, 0]) },
  })
  assert.equal(takesBatches(split), true)
  assert.equal(takesBatches(manifest({ inputs: [{ name: 'x', type: 'float32', shape: [1, 2] }] })), false)
})

test('scores, logits, labels and values become one prediction a row', () => {
  const scores: Outputs = { p: { type: 'float32', dims: [2, 2], data: new Float32Array([0.25, 0.75, 1, 0]) } }
  assert.deepEqual(readPredictions(manifest({}), scores, 2), [{ label: 'yes', score: 0.75, values: [] }, { label: 'no', score: 1, values: [] }])
  const logits = readPredictions(manifest({ tabular: { columns: COLUMNS, scores: 'p', softmax: true } }), { p: { type: 'float32', dims: [1, 2], data: new Float32Array([0, 0]) } }, 1)
  assert.equal(logits[0]?.score, 0.5)
  const label = manifest({ tabular: { columns: COLUMNS, label: 'l', classes: ['0', '1'] } })
  assert.equal(readPredictions(label, { l: { type: 'int64', dims: [1], data: new BigInt64Array([1n]) } }, 1)[0]?.label, 'yes')
  assert.equal(readPredictions(label, { l: { type: 'string', dims: [1], data: ['hm'] } }, 1)[0]?.label, 'hm')
  const values = manifest({ tabular: { columns: COLUMNS, values: 'v' } })
  assert.deepEqual(readPredictions(values, { v: { type: 'float64', dims: [2, 1], data: new Float64Array([1.5, 2]) } }, 2).map((each) => each.values), [[1.5], [2]])
})

test('the download keeps the table and adds the prediction; the template can be predicted', () => {
  const rows = [{ cells: ['1', '=x'], prediction: { label: 'yes', score: 0.5, values: [] } }]
  assert.equal(predictedCsv({ header: ['a', 'b'], rows, errors: [], left: 0 }), "a,b,prediction,score\r\n1,'=x,yes,0.5\r\n")
  assert.equal(readTable(templateCsv(COLUMNS), COLUMNS).rows.length, 1)
})
