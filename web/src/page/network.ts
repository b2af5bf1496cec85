/** What this document did on the network, as far as the browser tells a page about it: the counters of the page's panel. */

/** The parts of a performance entry that are read. */
export type Timing = Pick<PerformanceResourceTiming, 'name' | 'startTime' | 'requestStart' | 'responseStatus' | 'transferSize' | 'encodedBodySize'>

/** The parts of a violation event that are read. */
export type Violation = Pick<SecurityPolicyViolationEvent, 'blockedURI' | 'originalPolicy' | 'disposition'>

const CONTACT = /^(https?|wss?):/i

const withoutFragment = (url: string): string => url.split('#', 1)[0] ?? url

/**
 * The sums over entries and violations.
 *
 * Counted are the document and everything that it fetched: by script, picture, style sheet, font, beacon. Not counted, because
 * the browser tells a page nothing of it: what its service worker fetches (the offline copy, the look for a new version),
 * workers (the compute worker has no network at all), browser extensions, and WebSockets and WebRTC that were not refused.
 */
export class Tally {
  /** When the document closed its network, on the clock of `performance.now()`. */
  sealedAt: number | undefined
  /** Bytes that came over the network with their headers; a file from a cache or from the service worker adds nothing. */
  received = 0
  /** Answers that came over the network. */
  answers = 0
  /** Answers that a cache on this device or the service worker gave. */
  local = 0
  /** Whether the browser tells a page anything: with resistance to fingerprinting it may not. */
  known = false
  private readonly late = new Map<string, { all: number; certain: number }>()
  private readonly refused = new Map<string, Map<string, number>>()

  add(entry: Timing): void {
    this.known = true
    if (!CONTACT.test(entry.name)) return
    // Safari before 16.4 has no transferSize.
    const bytes = (entry.transferSize as number | undefined) ?? entry.encodedBodySize
    this.received += bytes
    if (bytes > 0) this.answers += 1
    else if (entry.responseStatus > 0) this.local += 1
    if (this.sealedAt === undefined || entry.startTime <= this.sealedAt) return
    const url = withoutFragment(entry.name)
    const { all, certain } = this.late.get(url) ?? { all: 0, certain: 0 }
    this.late.set(url, { all: all + 1, certain: certain + (bytes > 0 || entry.requestStart > 0 ? 1 : 0) })
  }

  /** Refusals of code or styles inside the page are no attempt to reach anything, and are left out. */
  refuse({ blockedURI, originalPolicy, disposition }: Violation): void {
    if (this.sealedAt === undefined || disposition !== 'enforce' || !CONTACT.test(blockedURI)) return
    const url = withoutFragment(blockedURI)
    const policies = this.refused.get(url) ?? new Map<string, number>()
    this.refused.set(url, policies.set(originalPolicy, (policies.get(originalPolicy) ?? 0) + 1))
  }

  /** Attempts that the browser refused after the seal; each policy reports an attempt, so the fullest report is the count. */
  get blocked(): number {
    let sum = 0
    for (const url of this.refused.keys()) sum += this.refusals(url)
    return sum
  }

  /** Requests that began after the seal. Chromium lists some refused ones too; an entry without a trace of a request is one of those if a refusal matches it. */
  get requests(): number {
    let sum = 0
    for (const [url, { all, certain }] of this.late) sum += Math.max(certain, all - this.refusals(url))
    return sum
  }

  /** Bytes sent after the seal: none without a request. What a request weighs a page cannot learn. */
  get sent(): 0 | undefined {
    return this.requests === 0 ? 0 : undefined
  }

  private refusals(url: string): number {
    return Math.max(0, ...(this.refused.get(url)?.values() ?? []))
  }
}

/** Watches the document that it is made in, from its first byte on. */
export class Network extends Tally {
  onChange: (() => void) | undefined
  private readonly observers: PerformanceObserver[]

  constructor() {
    super()
    document.addEventListener('securitypolicyviolation', this.onViolation)
    this.observers = ['navigation', 'resource'].map((type) => {
      const observer = new PerformanceObserver((list) => this.read(list.getEntries()))
      observer.observe({ type, buffered: true })
      return observer
    })
  }

  /** The document has closed its network just now. */
  sealed(): void {
    this.sealedAt ??= performance.now()
    this.onChange?.()
  }

  close(): void {
    document.removeEventListener('securitypolicyviolation', this.onViolation)
    for (const observer of this.observers) observer.disconnect()
  }

  private read(entries: PerformanceEntryList): void {
    for (const entry of entries) this.add(entry as PerformanceResourceTiming)
    this.onChange?.()
  }

  private readonly onViolation = (event: SecurityPolicyViolationEvent): void => {
    this.refuse(event)
    this.onChange?.()
  }
}
