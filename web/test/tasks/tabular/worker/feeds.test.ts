/** Rows by the names of their columns: good ones become feeds, others are told what is wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Column } from '../../../../src/shared/manifest.gen.js'
import { rowToFeeds } from '../../../../src/tasks/tabular/worker/feeds.js'
import { refuses, site } from '../../../worker/sites.js'

const column = (name: string, type: Column['type'], index = 0, input = 'x'): Column => ({ name, input, index, type })

test('rows by column name, one input or many', () => {
  const one = site([['x', 'float32', [null, 2]]], [column('b', 'number', 1), column('a', 'number', 0)])
  assert.deepEqual(rowToFeeds(one, { b: 2, a: '1.5' }).get('x'), { type: 'float32', dims: [1, 2], data: Float32Array.of(1.5, 2) })
  const many = site([['n', 'float32', [null, 1]], ['s', 'string', [null, 1]], ['i', 'int64', [null]]], [column('n', 'number', 0, 'n'), column('s', 'text', 0, 's'), column('i', 'integer', 0, 'i')])
  const fed = rowToFeeds(many, { n: NaN, s: 3, i: '7' })
  assert.deepEqual([...fed.values()].map((t) => [t.dims, [...t.data]]), [[[1, 1], [NaN]], [[1, 1], ['3']], [[1], [7n]]])
  const flag = site([['x', 'bool', [null, 1]]], [column('x', 'boolean')])
  for (const yes of [true, 1, 'true', ' TRUE ', '1']) assert.equal(rowToFeeds(flag, { x: yes }).get('x')?.data[0], 1)
  for (const no of [false, 0, 'false', '0']) assert.equal(rowToFeeds(flag, { x: no }).get('x')?.data[0], 0)
})

test('what is missing is NaN, the empty text, or what the model has for it', () => {
  const kinds: [string, Partial<Column>][] = [['n', { type: 'number' }], ['g', { type: 'number', gap: -1 }], ['i', { type: 'integer', gap: 9 }], ['s', { type: 'text', choices: ['a'], others: true }], ['t', { type: 'text', gap: '?' }]]
  const inputs = kinds.map(([name, { type }]): [string, 'string' | 'int64' | 'float32', null[]] => [name, type === 'text' ? 'string' : type === 'integer' ? 'int64' : 'float32', [null]])
  const gaps = site(inputs, kinds.map(([name, over]) => ({ ...column(name, 'number', 0, name), missing: true, ...over })))
  for (const row of [{}, { n: null, g: null, i: null, s: null, t: null }, { n: '', g: ' ', i: 'nan', s: '', t: NaN }]) {
    assert.deepEqual([...rowToFeeds(gaps, row).values()].map((t) => t.data[0]), [NaN, -1, 9n, '', '?'])
  }
  assert.deepEqual([...rowToFeeds(gaps, { n: 'NaN', g: NaN, i: 3, s: 'b', t: true }).values()].map((t) => t.data[0]), [NaN, NaN, 3n, 'b', 'true'])
})

test('rows that do not fit', () => {
  const one = site([['x', 'float32', [null, 2]]], [column('a', 'number', 0), column('b', 'number', 1)])
  refuses(() => rowToFeeds(site([['x', 'float32', ['batch', 2]]]), { a: 1 }), /does not take rows/)
  refuses(() => rowToFeeds(one, { a: 1 }), /no "b"/)
  refuses(() => rowToFeeds(one, { a: 1, b: 2, c: 3 }), /no column "c"/, /a, b/)
  refuses(() => rowToFeeds(one, { a: 1, b: 'two' }), /"b" is not a number/)
  for (const b of ['', ' ', null]) refuses(() => rowToFeeds(one, { a: 1, b }), /"b" has no value/)
  refuses(() => rowToFeeds(one, { a: 1, b: undefined }), /no "b"/)
  refuses(() => rowToFeeds(one, { a: 1, b: new Date(0) as unknown as number }), /"b" is not a number/)
  const flag = site([['x', 'bool', [null, 1]]], [column('x', 'boolean')])
  for (const x of ['yes', 2, NaN, null]) refuses(() => rowToFeeds(flag, { x }), /"x" (is neither true nor false|has no value)/)
  const sexes = site([['s', 'string', [null, 1]]], [{ ...column('s', 'text', 0, 's'), choices: ['f', 'm'] }])
  refuses(() => rowToFeeds(sexes, { s: 'x' }), /"s" takes no "x"/, /f, m/)
  refuses(() => rowToFeeds(sexes, { s: null }), /"s" has no value/)
  refuses(() => rowToFeeds(site([['x', 'float32', [null, 1]]], [column('toString', 'number')]), {}), /no "toString"/)
})
