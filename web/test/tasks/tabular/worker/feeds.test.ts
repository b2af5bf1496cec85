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

test('rows that do not fit', () => {
  const one = site([['x', 'float32', [null, 2]]], [column('a', 'number', 0), column('b', 'number', 1)])
  refuses(() => rowToFeeds(site([['x', 'float32', ['batch', 2]]]), { a: 1 }), /does not take rows/)
  refuses(() => rowToFeeds(one, { a: 1 }), /no "b"/)
  refuses(() => rowToFeeds(one, { a: 1, b: 2, c: 3 }), /no column "c"/, /a, b/)
  refuses(() => rowToFeeds(one, { a: 1, b: 'two' }), /"b" is not a number/)
  refuses(() => rowToFeeds(one, { a: 1, b: '' }), /"b" is not a number/)
  refuses(() => rowToFeeds(site([['x', 'float32', [null, 1]]], [column('toString', 'number')]), {}), /no "toString"/)
})
