/** Undoes coded weights: parts that each give, by themselves, some bytes of one ONNX file; docs/weights.md has the layout. */
import { allocated, Cursor, damaged, integer, list, MOST, readSteps, record, type Entry } from './cursor.js'
import { decodeRun, ESCAPED, fillTable, isThrough, KINDS, makeTables, openLanes, type Tables } from './rans.js'
import { decodeRest } from './rests.js'

export const MAGIC = 'EWP1'
const PRELUDE = 12
/** Header and side bytes of a small file may be larger than the file. */
export const SLACK = 16 << 20

/** A model in memory. `weights`: the file that the tensors of a large one point into, which ONNX Runtime then copies only once. */
export interface OnnxFile {
  graph: Uint8Array
  weights?: Uint8Array
}

/** The ONNX file while its ranges are filled, each once, in any order. */
export class Whole {
  readonly bytes: Uint8Array<ArrayBuffer>
  private filled: [start: number, end: number][] = []
  private total = 0
  private graph: number | undefined

  constructor(length: number) {
    this.bytes = allocated(() => new Uint8Array(length))
  }

  /** Ranges may be filled once more. */
  reopen(): void {
    this.filled = []
    this.total = 0
  }

  /** The range to fill. All of them together are no longer than the file, so that no part makes endless work. */
  room(at: number, length: number): Uint8Array<ArrayBuffer> {
    this.total += length
    if (at + length > this.bytes.length) throw damaged('a range ends beyond the file')
    if (this.total > this.bytes.length) throw damaged('two ranges overlap')
    this.filled.push([at, at + length])
    return this.bytes.subarray(at, at + length)
  }

  /** So many of its first bytes are a graph, and the rest its weights, which every part says alike; 0: all is one file. */
  divide(graph: number): void {
    this.graph ??= graph
    if (this.graph !== graph) throw damaged('two parts divide it differently')
  }

  /** The file, when every byte of it was given once. */
  complete(): OnnxFile {
    if (this.reached(false) !== this.bytes.length) throw damaged('a range is missing')
    return this.file()
  }

  /** The file, when since it was reopened no byte of it was given twice. */
  refined(): OnnxFile {
    this.reached(true)
    return this.file()
  }

  private file(): OnnxFile {
    const { bytes, graph } = this
    return graph ? { graph: bytes.subarray(0, graph), weights: bytes.subarray(graph) } : { graph: bytes }
  }

  private reached(gaps: boolean): number {
    let reached = 0
    for (const [start, end] of this.filled.sort(([a, aEnd], [b, bEnd]) => a - b || aEnd - bEnd)) {
      if (start < reached) throw damaged('two ranges overlap')
      if (start > reached && !gaps) throw damaged('a range is missing')
      reached = end
    }
    return reached
  }
}

/** What a part may hold: segments of their own, or rests of what the file has. */
export type Delivery = 'first' | 'rest'

/** Fill the ranges of `whole` that `part` gives. What it says of itself is checked: it can be wrong, but neither write elsewhere nor run on. */
export async function decodePart(part: Uint8Array<ArrayBuffer>, whole: Whole, delivery: Delivery = 'first'): Promise<void> {
  const { header: { bytes, graph, segments }, tables: read, side, payload } = await openPart(part, MAGIC, 2 * whole.bytes.length + SLACK)
  if (bytes !== whole.bytes.length) throw damaged('the file has another length')
  whole.divide(integer(graph ?? 0, whole.bytes.length))
  for (const segment of list(segments)) {
    const entry = record(segment)
    const stored = payload.take(integer(entry['stored'], part.length))
    if ((entry['kind'] === 'rest') !== (delivery === 'rest')) throw damaged('a segment is of no known kind')
    if (delivery === 'rest') {
      decodeRest(entry, stored, side, read, whole)
      // The model that answers meanwhile runs in this thread.
      await new Promise((done) => setTimeout(done))
    } else if (entry['kind'] === 'grid') decodeGrid(entry, stored, side, read, whole)
    else await decodePlain(entry, stored, side, whole)
  }
  if (payload.left + side.left > 0) throw damaged('something is left over')
}

/** A part as it says that it is, with its tables read. */
export interface Part {
  header: Entry
  tables: Tables
  side: Cursor
  payload: Cursor
}

/** @param limit what header and side bytes may unpack to. */
export async function openPart(part: Uint8Array<ArrayBuffer>, magic: string, limit: number): Promise<Part> {
  const payload = new Cursor(part)
  const prelude = payload.take(PRELUDE)
  if (String.fromCharCode(...prelude.subarray(0, magic.length)) !== magic) throw damaged('a part begins otherwise')
  const lengths = new DataView(prelude.buffer, prelude.byteOffset)
  const header = parse(await inflate(payload.take(lengths.getUint32(4, true)), limit))
  const side = new Cursor(await inflate(payload.take(lengths.getUint32(8, true)), limit))
  return { header, tables: readTables(list(header['tables']), side), side, payload }
}

function parse(header: Uint8Array<ArrayBuffer>): Entry {
  try {
    return record(JSON.parse(new TextDecoder().decode(header)))
  } catch (error) {
    throw damaged('a header is no JSON', error)
  }
}

function readTables(descriptions: unknown[], side: Cursor): Tables {
  if (descriptions.length > MOST) throw damaged('there are too many tables')
  const tables = makeTables(descriptions.length)
  for (const [row, description] of descriptions.entries()) {
    const [low, count] = list(description)
    const first = integer(low, KINDS - 1)
    const frequencies = new Uint16Array(side.aligned(2 * integer(count, KINDS - first)))
    if (!fillTable(tables, row, first, frequencies)) throw damaged('the frequencies of a table have another sum')
  }
  return tables
}

/** A segment that is no grid. */
export async function decodePlain(entry: Entry, stored: Uint8Array<ArrayBuffer>, side: Cursor, whole: Whole): Promise<void> {
  if (entry['kind'] === 'side') copyAside(entry, side, whole)
  else await decodeBytes(entry, stored, whole)
}

function copyAside({ at, bytes }: Entry, side: Cursor, whole: Whole): void {
  const { length: size } = whole.bytes
  const room = whole.room(integer(at, size), integer(bytes, size))
  room.set(side.take(room.length))
}

async function decodeBytes(entry: Entry, stored: Uint8Array<ArrayBuffer>, whole: Whole): Promise<void> {
  const { kind, at, bytes } = entry
  const { length: size } = whole.bytes
  const room = whole.room(integer(at, size), kind === 'bytes' ? stored.length : integer(bytes, size))
  if (kind === 'bytes') return room.set(stored)
  if (kind !== 'deflate' && kind !== 'planes') throw damaged('a segment is of no known kind')
  const undone = await inflate(stored, room.length)
  if (undone.length !== room.length) throw damaged('a segment has another length')
  if (kind === 'deflate') return room.set(undone)
  const quarter = room.length / 4
  if (!Number.isInteger(quarter)) throw damaged('a segment has another length')
  for (let i = 0; i < room.length; i++) room[i] = undone[(i & 3) * quarter + (i >>> 2)] as number
}

function decodeGrid(entry: Entry, stored: Uint8Array<ArrayBuffer>, side: Cursor, tables: Tables, whole: Whole): void {
  const size = whole.bytes.length
  const rows = integer(entry['rows'], size)
  const columns = integer(entry['columns'], size)
  if (rows * columns === 0) throw damaged('a grid is empty')
  const room = whole.room(integer(entry['at'], size), 4 * rows * columns)
  const { steps, rungs } = readSteps(entry, side, rows)
  const integers = decodeIntegers(entry, rows * columns, stored, side, tables)
  const escaped = new Int32Array(side.aligned(4 * integer(entry['escaped'], rows * columns)))
  // The range begins at any byte: numbers go by way of an array of their own. Browsers are little endian throughout.
  const values = scale(integers, columns, rungs, steps, escaped)
  room.set(new Uint8Array(values.buffer))
}

/** The integers of a grid, ESCAPED where one is among the escaped. */
function decodeIntegers(entry: Entry, count: number, stored: Uint8Array<ArrayBuffer>, side: Cursor, tables: Tables): Int16Array {
  return decodeBlocks(blocksOf(entry, count, side, tables.count), count, stored, tables)
}

/** How the integers of a grid are coded: `block` of them with one table, which `tableOf` says of each block. */
export interface Blocks {
  block: number
  width: number
  tableOf: (block: number) => number
}

export function blocksOf(entry: Entry, count: number, side: Cursor, tables: number): Blocks {
  const block = Math.max(1, integer(entry['block'], Number.MAX_SAFE_INTEGER))
  const choice = list(entry['tables']).map((table) => integer(table, tables - 1))
  const named = choice.length > 1 ? side.take(Math.ceil(count / block)) : undefined
  const tableOf = (at: number): number => {
    const table = choice[named?.[at] ?? 0]
    if (table === undefined) throw damaged('a block has no table')
    return table
  }
  return { block, width: integer(entry['lanes'], count), tableOf }
}

export function decodeBlocks({ block, width, tableOf }: Blocks, count: number, stored: Uint8Array<ArrayBuffer>, tables: Tables): Int16Array {
  const lanes = openLanes(stored, integer(width, Math.floor(stored.length / 4)))
  if (lanes === undefined) throw damaged('a segment has another length')
  const integers = allocated(() => new Int16Array(count))
  for (let from = 0, at = 0; from < count; from += block, at++) decodeRun(lanes, tables, tableOf(at), integers, from, Math.min(count, from + block))
  if (!isThrough(lanes)) throw damaged('a segment does not end where it should')
  return integers
}

/** Integers times the step of their row, each product rounded to float32. */
function scale(integers: Int16Array, columns: number, rungs: Uint8Array, steps: Float32Array, escaped: Int32Array): Float32Array<ArrayBuffer> {
  const values = allocated(() => new Float32Array(integers.length))
  let next = 0
  for (let row = 0, at = 0; row < rungs.length; row++) {
    const step = steps[rungs[row] as number] as number
    for (const end = at + columns; at < end; at++) {
      const integer = integers[at] as number
      values[at] = (integer === ESCAPED ? (escaped[next++] as number) : integer) * step
    }
  }
  if (next !== escaped.length) throw damaged('other integers are kept apart')
  return values
}

/** Raw deflate undone, if it gives `limit` bytes at most. */
async function inflate(bytes: Uint8Array<ArrayBuffer>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  // Not by way of a Blob: browsers keep those until memory is collected, which for a large model is too late.
  const { readable, writable } = new DecompressionStream('deflate-raw')
  const writer = writable.getWriter()
  // What goes wrong shows when it is read.
  writer.write(bytes).catch(() => undefined)
  writer.close().catch(() => undefined)
  const reader = readable.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length
      if (length > limit) break
      chunks.push(next.value)
    }
  } catch (error) {
    throw damaged('it cannot be unpacked', error)
  }
  if (length > limit) {
    await reader.cancel().catch(() => undefined)
    throw damaged('it unpacks to too much')
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
