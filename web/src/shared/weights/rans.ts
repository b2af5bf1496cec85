/** The entropy decoder's hot loop: interleaved rANS with fixed tables; builder/edgeweb/coding/rans.py writes what it reads. */

const PROB_BITS = 14
const SLOTS = 1 << PROB_BITS
const MASK = SLOTS - 1
/** A state below this takes a word; each lane begins, for the encoder, and so ends, for the decoder, at it. */
const LOW = 1 << 16
/** Symbol s stands for the integer s - ZERO. */
const ZERO = 4096
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
