/** Lets messages come in between the runs of a long answer: one run follows another without a pause in which they would. */

/** As long as a frame. */
const EVERY_MS = 16

export class Breath {
  private readonly channel = new MessageChannel()
  private last = -Infinity
  private pending: Promise<void> | undefined

  /** @param now milliseconds, from whenever. */
  constructor(private readonly now = (): number => performance.now()) {}

  /** Undefined as long as the last one was not so long ago. */
  taken(): Promise<void> | undefined {
    if (this.now() - this.last < EVERY_MS) return undefined
    const { port1, port2 } = this.channel
    this.pending ??= new Promise((done) => {
      port1.onmessage = () => {
        port1.onmessage = null
        this.pending = undefined
        this.last = this.now()
        done()
      }
      port2.postMessage(null)
    })
    return this.pending
  }
}
