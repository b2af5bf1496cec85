/** Rows that other scripts of this origin send to the page: `window.postMessage(row, location.origin)`. */

/**
 * The rows of a message, each with a number for every column, or null where it is none: a number, for one column; numbers in the order of
 * the columns; an object by their names; a list of these; or any of them as `row` or `rows` of an object.
 */
export function rowsIn(data: unknown, columns: readonly string[]): number[][] | null {
  if (typeof data === 'number') return columns.length === 1 && Number.isFinite(data) ? [[data]] : null
  if (ArrayBuffer.isView(data) && !(data instanceof DataView)) return rowsIn(Array.from(data as unknown as ArrayLike<number>), columns)
  if (Array.isArray(data)) {
    if (data.length === 0) return null
    if (data.every((each) => typeof each === 'number')) {
      if (!data.every((each) => Number.isFinite(each))) return null
      if (columns.length === 1) return data.map((each) => [each])
      return data.length === columns.length ? [data] : null
    }
    const rows = data.map((each) => (typeof each === 'object' && each !== null ? rowsIn(each, columns) : null))
    return rows.every((each) => each !== null) ? rows.flat() : null
  }
  if (typeof data !== 'object' || data === null) return null
  const given = data as Record<string, unknown>
  if (columns.every((column) => Object.hasOwn(given, column))) {
    const row = columns.map((column) => (typeof given[column] === 'string' && given[column].trim() === '' ? NaN : Number(given[column])))
    return row.every(Number.isFinite) ? [row] : null
  }
  for (const key of ['rows', 'row', 'values', 'value']) if (Object.hasOwn(given, key)) return rowsIn(given[key], columns)
  return null
}

/** Whether a message means to be one of rows: a page has many that are for others. */
export function meant(data: unknown, columns: readonly string[]): boolean {
  if (typeof data === 'number' || Array.isArray(data) || ArrayBuffer.isView(data)) return true
  if (typeof data !== 'object' || data === null) return false
  return ['rows', 'row', ...columns].some((key) => Object.hasOwn(data, key))
}
