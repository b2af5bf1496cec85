/** A row by the names of its columns, as the feeds of a tabular model. */
import type { Row } from '../../../shared/api.js'
import type { Column, Manifest } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import { convert, wrong } from '../../../worker/feeds.js'
import { gapOf, readCell } from '../shared/cell.js'

/** One row, keyed by column name, for a tabular model. */
export function rowToFeeds(manifest: Manifest, row: Row): Named {
  const columns = manifest.tabular?.columns
  if (columns == null) throw wrong('This model does not take rows.', 'Use run() with named feeds.')
  const unknown = Object.keys(row).find((key) => !columns.some((c) => c.name === key))
  if (unknown !== undefined) throw wrong(`The model has no column "${unknown}".`, `Its columns are: ${columns.map((c) => c.name).join(', ')}.`)
  const feeds: Named = new Map()
  for (const info of manifest.inputs) {
    const mine = columns.filter((c) => c.input === info.name).sort((a, b) => a.index - b.index)
    const data = convert(info, mine.map((c) => cell(c, row)))
    const dims = (info.shape ?? [1, mine.length]).map((_, i, all) => (i === all.length - 1 && all.length > 1 ? mine.length : 1))
    feeds.set(info.name, { type: info.type, dims, data })
  }
  return feeds
}

function cell(column: Column, row: Row): string | number {
  const { name, choices } = column
  const given: unknown = Object.hasOwn(row, name) ? row[name] : undefined
  const read = readCell(column, given)
  if ('value' in read) return read.value
  if ('missing' in read) {
    const gap = gapOf(column)
    if (gap !== undefined) return gap
    throw wrong(given === undefined ? `The row has no "${name}".` : `"${name}" has no value.`, 'Give one: the model takes no row without it.')
  }
  switch (read.wrong) {
    case 'choice': throw wrong(`"${name}" takes no "${String(given)}".`, `It takes one of: ${(choices ?? []).slice(0, 20).join(', ')}.`)
    case 'boolean': throw wrong(`"${name}" is neither true nor false.`, 'Give true or false.')
    case 'integer': throw wrong(`"${name}" is not a whole number.`, 'Give one, such as 2.')
    default: throw wrong(`"${name}" is not a number.`, 'Give a number, such as 1.5.')
  }
}
