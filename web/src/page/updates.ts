/** The page's side of the service worker: whether the site is kept for offline use, newer releases, and going back. */
import type { FromServiceWorker, ToServiceWorker } from '../shared/messages.js'
import type { Seat } from '../shared/store.js'
import { within } from './deadline.js'
import { assetOf } from './bytes/plan.js'
import { trusted } from './bytes/requests.js'
import { answered, CHECK_MS } from './bytes/whole.js'
import type { Site } from './site.js'

export interface UpdateState {
  /** What stands between now and a page that opens without a network. */
  offline: 'unsupported' | 'saving' | 'ready' | 'no-room' | 'failed'
  /** A newer release, fetched in full and checked; the next page that opens gets it. */
  ready?: string
  /** A release to go back to. */
  previous?: string
  /** The host has several releases, and may take one back. */
  several?: true
}

/** So often a page that stays open asks whether its release was revoked, where that can be. */
const ASK_AGAIN_MS = 3600_000
const ANSWER_MS = 10_000
const REGISTERS_MS = 10_000
/** What an installation failed of is said in a message that may come after the news of its failure. */
const REASON_MS = 1000

export class Updates {
  state: UpdateState = { offline: 'saving' }
  onChange: ((state: UpdateState) => void) | undefined
  /** Resolves when the offline copy is complete or known to be impossible. */
  readonly settled: Promise<void>

  private constructor(
    private readonly registration: ServiceWorkerRegistration | undefined,
    private readonly release: string,
    /** How this visitor came to the release. */
    readonly seat: Seat,
    reason: 'unsupported' | 'failed',
  ) {
    if (registration === undefined) this.state = { offline: reason }
    else navigator.serviceWorker.addEventListener('message', this.onMessage)
    this.settled = registration === undefined ? Promise.resolve() : this.follow(registration)
  }

  /** Register the service worker; resolves when the registration has been made (not installed), never rejects. */
  static async start({ base, manifest, seat, supply }: Site): Promise<Updates> {
    const { release } = manifest
    const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer }
    if (serviceWorker === undefined) return new Updates(undefined, release, seat, 'unsupported')
    try {
      const found = await serviceWorker.getRegistration(base.href)
      // Browsers check the hash of no service worker, so it is looked at before one is made of it; a later one looks at itself.
      if (found?.active == null || found.scope !== base.href) await supply.file(assetOf(manifest, 'sw.js'))
      // `trusted` makes it a TrustedScriptURL, where the page demands one.
      const script = trusted(new URL('sw.js', base).href)
      const registration = await within(REGISTERS_MS, serviceWorker.register(script, { scope: base.href, updateViaCache: 'none' }), 'sw.js')
      serviceWorker.startMessages()
      return new Updates(registration, release, seat, 'failed')
    } catch {
      return new Updates(undefined, release, seat, 'failed')
    }
  }

  /** Ask the service worker to look for a newer release now (the page itself has no network any more). Resolves to whether there is one ready. */
  async check(): Promise<boolean> {
    await this.ask({ type: 'check' }, CHECK_MS)
    return this.state.ready !== undefined
  }

  /** Take the release that is ready: reload. */
  take(): void {
    location.reload()
  }

  /** Go back to the release before: tell the service worker, then reload. */
  async rollBack(): Promise<void> {
    await this.ask({ type: 'roll-back' }, ANSWER_MS)
    location.reload()
  }

  private async follow(registration: ServiceWorkerRegistration): Promise<void> {
    const { active, installing, waiting } = registration
    const worker = installing ?? waiting
    if (active === null && !(worker !== null && (await isActivated(worker)))) {
      await new Promise((done) => setTimeout(done, REASON_MS))
      if (this.state.offline === 'saving') this.change({ offline: 'failed' })
      return
    }
    await this.ask({ type: 'hello', release: this.release }, ANSWER_MS)
    this.change({ offline: 'ready' })
    if (this.state.several === true) setInterval(() => void this.ask({ type: 'check' }, CHECK_MS), ASK_AGAIN_MS)
  }

  /** Every answer is the service worker's state of affairs. */
  private async ask(message: ToServiceWorker, deadline: number): Promise<void> {
    const worker = this.registration?.active
    if (worker == null) return
    const answer = await answered(worker, message, deadline)
    if (answer !== undefined) this.state = { offline: this.state.offline }
    this.change(answer ?? {})
  }

  private readonly onMessage = ({ data, source }: MessageEvent): void => {
    // Another site of this origin has a service worker of its own.
    const script = (source as ServiceWorker | null)?.scriptURL
    if (script !== new URL('sw.js', this.registration?.scope).href) return
    const message = data as FromServiceWorker
    if (message.type === 'ready') this.change({ ready: message.release })
    else if (message.type === 'off') this.change({ offline: 'failed' })
    else if (message.type === 'withdrawn') location.reload()
    // With a copy in place, it is only the newer release that found no room.
    else if (this.state.offline === 'saving') this.change({ offline: 'no-room' })
  }

  private change(part: Partial<UpdateState>): void {
    this.state = { ...this.state, ...part }
    this.onChange?.(this.state)
  }
}

/** Whether it comes to serve pages; false when its installation fails. */
function isActivated(worker: ServiceWorker): Promise<boolean> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (worker.state === 'activated' || worker.state === 'redundant') resolve(worker.state === 'activated')
    }
    worker.addEventListener('statechange', look)
    look()
  })
}
