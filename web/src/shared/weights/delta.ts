/** Makes a part of a retrained model's weights out of the old model's parts; builder/edgeweb/coding/delta.py makes what it reads. */
import { allocated, Cursor, damaged, integer, list, readSteps, record, type Entry } from './cursor.js'
import { blocksOf, decodeBlocks, decodePlain, MAGIC, openPart, SLACK, Whole, type Blocks } from './parts.js'
import { encode, ESCAPED, ZERO, type Tables } from './rans.js'

const DELTA = 'EWD1'

type Bytes = Uint8Array<ArrayBuffer>

/** A grid of a part, as it is coded. `start`: where its payload lies. */
interface Coded {
  count: number
  start: number
  length: number
  blocks: Blocks
  escaped: Int32Array
}

interface Opened {
  grids: Coded[]
  tables: Tables
}

/** The new part, of `length` bytes, byte for byte; whoever asks compares its hash. What a delta says of itself is checked. */
export async function applyDelta(delta: Bytes, old: Bytes[], length: number): Promise<Bytes> {
  const { header, tables, side, payload } = await openPart(delta, DELTA, 2 * length + SLACK)
  if (header['bytes'] !== length) throw damaged('the file has another length')
  const whole = new Whole(length)
  const before = await Promise.all(old.map(openGrids))
  let after: Opened | undefined
  for (const segment of list(header['segments'])) {
    const entry = record(segment)
    const stored = payload.take(integer(entry['stored'], delta.length))
    if (entry['kind'] === 'copy') copy(entry, old, whole)
    else if (entry['kind'] !== 'grid') await decodePlain(entry, stored, side, whole)
    else {
      // All that is plain stands before the grids, so the new part's own header is there.
      after ??= await openGrids(whole.bytes)
      const grid = at(after.grids, entry['new'])
      const [file, place] = list(entry['old'])
      const multiples = multiplesOf(at(old, file), at(before, file), place, grid.count)
      add(multiples, readDifferences(entry, stored, side, tables, grid.count))
      const room = whole.room(grid.start, grid.length)
      if (!encode(symbolsOf(multiples), after.tables, grid.blocks.block, grid.blocks.tableOf, grid.blocks.width, room)) throw damaged('a segment has another length')
    }
  }
  if (payload.left + side.left > 0) throw damaged('something is left over')
  whole.complete()
  return whole.bytes
}

/** Where the grids of a part lie and how they are coded; their payloads need not be there. */
async function openGrids(part: Bytes): Promise<Opened> {
  const { header, tables, side, payload } = await openPart(part, MAGIC, 2 * part.length + 2 * SLACK)
  let start = part.length - payload.left
  const grids: Coded[] = []
  for (const segment of list(header['segments'])) {
    const entry = record(segment)
    const length = integer(entry['stored'], part.length)
    if (entry['kind'] === 'rest') throw damaged('a segment is of no known kind')
    if (entry['kind'] === 'grid') {
      const { rows, count } = sizeOf(entry)
      readSteps(entry, side, rows)
      const blocks = blocksOf(entry, count, side, tables.count)
      grids.push({ count, start, length, blocks, escaped: escapedOf(entry, side, count) })
    } else if (entry['kind'] === 'side') side.take(integer(entry['bytes'], side.left))
    start += length
  }
  return { grids, tables }
}

function copy(entry: Entry, old: Bytes[], whole: Whole): void {
  const [file, from] = list(entry['old'])
  const part = at(old, file)
  const start = integer(from, part.length)
  const bytes = integer(entry['bytes'], part.length - start)
  whole.room(integer(entry['at'], whole.bytes.length), bytes).set(part.subarray(start, start + bytes))
}

function readDifferences(entry: Entry, stored: Bytes, side: Cursor, tables: Tables, count: number): Int32Array {
  const size = sizeOf(entry)
  if (size.count !== count) throw damaged('a grid has another size')
  readSteps(entry, side, size.rows)
  const integers = decodeBlocks(blocksOf(entry, count, side, tables.count), count, stored, tables)
  return withEscaped(integers, escapedOf(entry, side, count))
}

function multiplesOf(part: Bytes, { grids, tables }: Opened, place: unknown, count: number): Int32Array {
  const grid = at(grids, place)
  if (grid.count !== count) throw damaged('a grid has another size')
  return withEscaped(decodeBlocks(grid.blocks, count, part.subarray(grid.start, grid.start + grid.length), tables), grid.escaped)
}

function withEscaped(integers: Int16Array, escaped: Int32Array): Int32Array {
  const found = allocated(() => Int32Array.from(integers))
  let next = 0
  for (let i = 0; i < found.length && next < escaped.length; i++) if (found[i] === ESCAPED) found[i] = escaped[next++] as number
  return found
}

function add(multiples: Int32Array, differences: Int32Array): void {
  for (let i = 0; i < multiples.length; i++) multiples[i] = (multiples[i] as number) + (differences[i] as number)
}

/** Multiples that a table has no symbol for are among the new part's escaped ones already. */
function symbolsOf(multiples: Int32Array): Int16Array {
  const found = allocated(() => new Int16Array(multiples.length))
  for (let i = 0; i < found.length; i++) {
    const multiple = multiples[i] as number
    found[i] = Math.abs(multiple) < ZERO ? multiple : ESCAPED
  }
  return found
}

function sizeOf(entry: Entry): { rows: number; count: number } {
  const rows = integer(entry['rows'], MOST_WEIGHTS)
  return { rows, count: integer(rows * integer(entry['columns'], MOST_WEIGHTS), MOST_WEIGHTS) }
}

function escapedOf(entry: Entry, side: Cursor, count: number): Int32Array {
  return new Int32Array(side.aligned(4 * integer(entry['escaped'], count)))
}

/** Of a segment: the builder makes none that are nearly as long, and a longer one would be endless work. */
const MOST_WEIGHTS = 1 << 26

function at<T>(items: readonly T[], place: unknown): T {
  const found = items[integer(place, items.length - 1)]
  if (found === undefined) throw damaged('a number is out of its range')
  return found
}
