/** Makes coarse weights fine, in place: each gets what its multiple lacks. Mirrors builder/edgeweb/coding/refine.py. */
import { allocated, damaged, integer, list, readSteps, type Cursor, type Entry } from './cursor.js'
import { decodeRun, isThrough, openLanes, type Tables } from './rans.js'

/** The mean size of a row's coarse multiples, in sixteenths, at which the next class of rows begins. */
const LEVELS = [2, 6, 16, 32, 64]
/** Coarse multiples of size 0, 1, and more. */
const SIZES = 3
const CONTEXTS = (LEVELS.length + 1) * SIZES

/** Where the ranges of the file are had from. */
interface Room {
  readonly bytes: Uint8Array<ArrayBuffer>
  room(at: number, length: number): Uint8Array<ArrayBuffer>
}

export function decodeRest(entry: Entry, stored: Uint8Array<ArrayBuffer>, side: Cursor, tables: Tables, whole: Room): void {
  const size = whole.bytes.length
  const rows = integer(entry['rows'], size)
  const columns = integer(entry['columns'], size)
  if (rows * columns === 0) throw damaged('a grid is empty')
  const room = whole.room(integer(entry['at'], size), 4 * rows * columns)
  const divisor = integer(entry['divisor'], 4095)
  const { steps, rungs } = readSteps(entry, side, rows)
  const values = new Float32Array(allocated(() => room.slice().buffer))
  const coarse = recovered(values, columns, rungs, steps, divisor)
  const contexts = contextsOf(coarse, rows, columns)
  const { rests, starts } = decodeByContext(entry, contexts, stored, tables)
  for (let row = 0, at = 0; row < rows; row++) {
    const step = steps[rungs[row] as number] as number
    for (const end = at + columns; at < end; at++) {
      const multiple = coarse[at] as number
      const context = contexts[at] as number
      const place = starts[context] as number
      starts[context] = place + 1
      const rest = rests[place] as number
      values[at] = (multiple * divisor + (multiple < 0 ? -rest : rest)) * step
    }
  }
  room.set(new Uint8Array(values.buffer))
}

/** The coarse multiples: a float32 holds them exactly enough to be found by rounding. */
function recovered(values: Float32Array, columns: number, rungs: Uint8Array, steps: Float32Array, divisor: number): Int32Array {
  const coarse = allocated(() => new Int32Array(values.length))
  for (let row = 0, at = 0; row < rungs.length; row++) {
    const step = Math.fround((steps[rungs[row] as number] as number) * divisor)
    for (const end = at + columns; at < end; at++) coarse[at] = Math.round((values[at] as number) / step)
  }
  return coarse
}

/** What is known of each rest: its row's class and the size of its own coarse multiple. */
function contextsOf(coarse: Int32Array, rows: number, columns: number): Uint8Array {
  const contexts = allocated(() => new Uint8Array(coarse.length))
  for (let row = 0; row < rows; row++) {
    const begin = row * columns
    let sum = 0
    for (let at = begin; at < begin + columns; at++) sum += Math.abs(coarse[at] as number)
    let base = 0
    for (const level of LEVELS) if (16 * sum >= level * columns) base += SIZES
    for (let at = begin; at < begin + columns; at++) contexts[at] = base + Math.min(SIZES - 1, Math.abs(coarse[at] as number))
  }
  return contexts
}

/** The rests, those of one context after those of the one before, and where each context's begin. */
function decodeByContext(entry: Entry, contexts: Uint8Array, stored: Uint8Array<ArrayBuffer>, tables: Tables): { rests: Int16Array; starts: Uint32Array } {
  const counts = new Uint32Array(CONTEXTS)
  for (const context of contexts) counts[context] = (counts[context] as number) + 1
  const named = list(entry['contexts']).map((context) => integer(context, CONTEXTS - 1))
  const chosen = list(entry['tables']).map((table) => integer(table, tables.count - 1))
  const lanes = openLanes(stored, integer(entry['lanes'], Math.floor(stored.length / 4)))
  if (lanes === undefined) throw damaged('a segment has another length')
  const rests = allocated(() => new Int16Array(contexts.length))
  const starts = new Uint32Array(CONTEXTS)
  let from = 0
  for (const [context, count] of counts.entries()) {
    starts[context] = from
    if (count === 0) continue
    const table = chosen[named.indexOf(context)]
    if (table === undefined) throw damaged('a weight has no table')
    decodeRun(lanes, tables, table, rests, from, from + count)
    from += count
  }
  if (!isThrough(lanes)) throw damaged('a segment does not end where it should')
  return { rests, starts }
}
