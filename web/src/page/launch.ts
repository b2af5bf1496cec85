/** A worker on its way up: its script, the runtime and the model all load at once, each handed over as it arrives. */
import { EdgewebError } from '../shared/errors.js'
import type { ToWorker } from '../shared/protocol.js'
import { Downloads, type Plan } from './download.js'
import { newWorker } from './workers.js'

export class Launch {
  readonly worker: Worker
  readonly downloads: Downloads

  constructor(
    plan: Plan,
    readonly threads: number,
  ) {
    this.worker = newWorker(new URL(plan.worker, plan.base))
    this.downloads = new Downloads(plan)
    this.post({ type: 'prepare', glue: new URL(plan.glue, plan.base).href, threads })
    this.downloads.runtime.then((module) => this.post({ type: 'runtime', module }), () => undefined)
  }

  post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer)
  }

  cancel(reason: Error): void {
    this.downloads.abort(reason)
    this.worker.terminate()
  }
}

/** Half the logical cores, at most 4: more does not pay in WebAssembly. Threads need an isolated page. */
export function chooseThreads(wanted?: number): number {
  if (wanted !== undefined && (!Number.isInteger(wanted) || wanted < 1 || wanted > 64)) {
    throw new EdgewebError('usage', 'threads is not a whole number from 1 to 64.', 'Leave it out for a good default.')
  }
  if (!globalThis.crossOriginIsolated) return 1
  return wanted ?? Math.min(4, Math.ceil((navigator.hardwareConcurrency || 1) / 2))
}
