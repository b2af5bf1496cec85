/** What the page does about a runtime that was cut to its model: it sees when a function is missing that a call needs. */
import { EdgewebError } from '../../shared/errors.js'

/** A thread that meets a trap leaves the worker waiting for it, without a word. */
const LOOK_MS = 100

/** The cut runtime lacks a function that was needed; the whole one has it. */
export class Trapped extends EdgewebError {
  constructor() {
    super('runtime', 'The part of the runtime that this site ships lacks something that this input needs.', 'Reload the page: it then takes the whole runtime.')
  }
}

/** Looks at the flag in a worker's memory while an answer is waited for. */
export class TrapWatch {
  private flag: Int32Array | undefined
  private timer: ReturnType<typeof setInterval> | undefined

  constructor(private readonly onTrap: () => void) {}

  /** The memory that the flag is in, which the worker has shared. */
  see(buffer: SharedArrayBuffer, address: number): void {
    this.flag = new Int32Array(buffer, address, 1)
  }

  /** An answer is waited for from now on. */
  begin(): void {
    this.timer ??= setInterval(() => this.hasTrapped && this.onTrap(), LOOK_MS)
  }

  get hasTrapped(): boolean {
    return this.flag !== undefined && Atomics.load(this.flag, 0) !== 0
  }

  end(): void {
    clearInterval(this.timer)
    this.timer = undefined
  }
}
