/** A worker on its way up: its script, the runtime and the model all load at once, each handed over as it arrives. */
import type { ToWorker } from '../shared/protocol.js'
import { Downloads } from './download.js'
import type { Plan, Requests } from './requests.js'
import { newWorker } from './workers.js'

export class Launch {
  readonly worker: Worker
  readonly downloads: Downloads

  /** @param begun what index.html has begun: its worker knows `threads` and gets the runtime by itself. */
  constructor(
    plan: Plan,
    readonly threads: number,
    begun?: Requests,
  ) {
    this.downloads = new Downloads(plan, begun)
    this.worker = begun?.worker ?? newWorker(new URL(plan.worker, plan.base))
    if (begun !== undefined) return
    this.post({ type: 'prepare', glue: new URL(plan.glue, plan.base).href, threads })
    this.downloads.runtime.then((module) => this.post({ type: 'runtime', module }), () => undefined)
  }

  post(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer)
  }

  cancel(reason: Error): void {
    this.downloads.abort(reason)
    this.worker.terminate()
  }
}
