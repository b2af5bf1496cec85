/** The entropy decoder's hot loop: interleaved rANS with fixed tables; builder/edgeweb/coding/rans.py writes what it reads. */

const PROB_BITS = 14
const SLOTS = 1 << PROB_BITS
const MASK = SLOTS - 1
/** A state below this takes a word; each lane begins, for the encoder, and so ends, for the decoder, at it. */
const LOW = 1 << 16
/** Symbol s stands for the integer s - ZERO. */
export const ZERO = 4096
export const KINDS = 2 * ZERO
/** What symbol 0 gives: the integer is among the escaped ones. */
export const ESCAPED = -ZERO

/** Some tables, one after the other, a row of SLOTS entries each: what a state's slot means. */
export interface Tables {
  /** (Frequency - 1) * 2^14 + slot - start of the symbol's range. */
  readonly steps: Uint32Array
  /** The symbol as its integer. */
  readonly integers: Int16Array
  readonly count: number
}

export function makeTables(count: number): Tables {
  return { steps: new Uint32Array(count * SLOTS), integers: new Int16Array(count * SLOTS), count }
}

/** Fill row `row` from the frequencies of the symbols `low`, `low + 1`, ...; whether they make a table. */
export function fillTable(tables: Tables, row: number, low: number, frequencies: ArrayLike<number>): boolean {
  let slot = 0
  for (let at = 0; at < frequencies.length; at++) {
    const frequency = frequencies[at] ?? 0
    if (slot + frequency > SLOTS) return false
    for (let within = 0; within < frequency; within++, slot++) {
      tables.steps[row * SLOTS + slot] = ((frequency - 1) << PROB_BITS) | within
      tables.integers[row * SLOTS + slot] = low + at - ZERO
    }
  }
  return slot === SLOTS
}

/** Lanes on their way through the words. */
export interface Lanes {
  readonly states: Uint32Array
  readonly words: Uint16Array
  /** How many words are read. */
  read: number
  /** The lane of the next symbol. */
  next: number
}

/** The lanes of a stored segment; undefined where its length cannot be right. */
export function openLanes(stored: Uint8Array, width: number): Lanes | undefined {
  if (width === 0 || stored.length % 2 > 0) return undefined
  const { buffer } = stored.slice()
  return { states: new Uint32Array(buffer, 0, width), words: new Uint16Array(buffer, 4 * width), read: 0, next: 0 }
}

/** Decode the symbols of `into` from `from` up to `to`, all with table `row`. Symbols of damaged words are wrong, but in `tables`. */
export function decodeRun(lanes: Lanes, { steps, integers }: Tables, row: number, into: Int16Array, from: number, to: number): void {
  const { states, words } = lanes
  const { length } = states
  const base = row << PROB_BITS
  let { read, next } = lanes
  for (let i = from; i < to; i++) {
    let state = states[next] as number
    const slot = base | (state & MASK)
    into[i] = integers[slot] as number
    const step = steps[slot] as number
    state = (Math.imul((step >>> PROB_BITS) + 1, state >>> PROB_BITS) + (step & MASK)) >>> 0
    // Without a branch, which would be guessed wrong for every third symbol: 1 where the state is low.
    const low = ((state >>> 16) - 1) >>> 31
    states[next] = (state << (low << 4)) | (-low & (words[read] as number))
    read += low
    next = next + 1 === length ? 0 : next + 1
  }
  lanes.read = read
  lanes.next = next
}

/** Whether all that was coded has been decoded: no word is left, and each state is back where the encoder began. */
export function isThrough({ states, words, read }: Lanes): boolean {
  return read === words.length && states.every((state) => state === LOW)
}

/**
 * Code `integers` as the builder does, so that `stored` is, byte for byte, what `decodeRun` was given; whether they fill it.
 * `tableOf` says the table of each `block` of them.
 */
export function encode(integers: Int16Array, { steps, integers: meant }: Tables, block: number, tableOf: (block: number) => number, width: number, stored: Uint8Array): boolean {
  const words = (stored.length - 4 * width) >> 1
  if (width === 0 || stored.length % 2 > 0 || words < 0) return false
  const states = new Uint32Array(width).fill(LOW)
  const ranges = new Map<number, { starts: Uint16Array; frequencies: Uint16Array }>()
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length)
  let free = stored.length
  for (let at = Math.ceil(integers.length / block) - 1; at >= 0; at--) {
    const row = tableOf(at)
    const { starts, frequencies } = ranges.get(row) ?? ranges.set(row, rangesOf(steps, meant, row)).get(row)!
    for (let i = Math.min(integers.length, (at + 1) * block) - 1; i >= at * block; i--) {
      const symbol = (integers[i] as number) + ZERO
      const frequency = frequencies[symbol] as number
      if (frequency === 0) return false
      const lane = i % width
      let state = states[lane] as number
      // A frequency of 2^14 never asks for a word: the limit is a state of 2^32 then.
      if (state >= frequency * 2 ** (32 - PROB_BITS)) {
        free -= 2
        if (free < 4 * width) return false
        view.setUint16(free, state & 0xffff, true)
        state >>>= 16
      }
      const quotient = Math.floor(state / frequency)
      states[lane] = quotient * SLOTS + (state - quotient * frequency) + (starts[symbol] as number)
    }
  }
  for (const [lane, state] of states.entries()) view.setUint32(4 * lane, state, true)
  return free === 4 * width
}

/** Where each symbol's slots begin in a table, and how many it has. */
function rangesOf(steps: Uint32Array, meant: Int16Array, row: number): { starts: Uint16Array; frequencies: Uint16Array } {
  const found = { starts: new Uint16Array(KINDS), frequencies: new Uint16Array(KINDS) }
  for (let slot = 0; slot < SLOTS;) {
    const symbol = (meant[row * SLOTS + slot] as number) + ZERO
    const frequency = ((steps[row * SLOTS + slot] as number) >>> PROB_BITS) + 1
    found.starts[symbol] = slot
    found.frequencies[symbol] = frequency
    slot += frequency
  }
  return found
}
