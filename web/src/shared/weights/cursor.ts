/** What reads a part's bytes and header, and says in a sentence where they are damaged. */
import { EdgewebError } from '../errors.js'

export type Entry = Record<string, unknown>

/** A byte names a step, and a byte names a table. */
export const MOST = 256

/** Bytes, taken from the front. */
export class Cursor {
  private at = 0

  constructor(private readonly bytes: Uint8Array<ArrayBuffer>) {}

  get left(): number {
    return this.bytes.length - this.at
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.left) throw damaged('it ends too early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** A copy, to be read as numbers of several bytes. */
  aligned(length: number): ArrayBuffer {
    return this.take(length).slice().buffer
  }
}

/** The steps, and which of them is each row's. */
export function readSteps(entry: Entry, side: Cursor, rows: number): { steps: Float32Array; rungs: Uint8Array } {
  const steps = new Float32Array(side.aligned(4 * integer(entry['steps'], MOST)))
  const rungs = steps.length > 1 ? side.take(rows) : new Uint8Array(rows)
  if (rungs.some((rung) => rung >= steps.length)) throw damaged('a row has no step')
  return { steps, rungs }
}

export function allocated<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new EdgewebError('memory', 'The model could not be started: this device has too little memory for it.', 'Close other tabs.', { cause: error })
  }
}

export function record(value: unknown): Entry {
  if (typeof value !== 'object' || value === null) throw damaged('an object is missing')
  return value as Entry
}

export function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw damaged('a list is missing')
  return value
}

export function integer(value: unknown, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) throw damaged('a number is out of its range')
  return value
}

export function damaged(why: string, cause?: unknown): EdgewebError {
  return new EdgewebError('integrity', `The model's weights are damaged and were not used: ${why}.`, 'Reload the page; if it stays, build the site again.', { cause })
}
