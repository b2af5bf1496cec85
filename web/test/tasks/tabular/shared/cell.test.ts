/** Texts of one cell: the same are taken in a row of a program and in a field or CSV file as Python takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Column } from '../../../../src/shared/manifest.gen.js'
import { parseValue } from '../../../../src/tasks/tabular/page/values.js'
import { readCell } from '../../../../src/tasks/tabular/shared/cell.js'
import { readGolden } from '../../../golden.js'

interface Case { type: Column['type']; text: string; row: number | string; cell?: number | string }

const cases = JSON.parse(readGolden('cells.json')) as Case[]

const told = (read: object): number | string => {
  if (!('value' in read)) return 'error'
  const value = Number(read.value)
  return Number.isFinite(value) ? value : Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
}

test('texts are taken as in Python', () => {
  assert.ok(cases.length > 50)
  for (const { type, text, row, cell } of cases) {
    const column: Column = { name: 'c', input: 'x', index: 0, type }
    assert.equal(told(readCell(column, text)), row, `${type} ${text}`)
    if (cell !== undefined) assert.equal(told(parseValue(column, text)), cell, `${type} ${text} in a table`)
  }
})
