/** The document's own rules, read from where the browser reads them and put into plain words. */
import { rules as t } from './strings.gen.js'

/** Where a directive lets the page reach: ordered from strict to lax. */
const REACHES = ['nothing', 'site', 'others'] as const
type Reach = (typeof REACHES)[number]

/** The policies in the document's head, in their order. Those in headers a page cannot read; the site's are the same. */
export function documentPolicies(): string[] {
  return [...document.querySelectorAll<HTMLMetaElement>('meta[http-equiv="Content-Security-Policy" i]')].map((meta) => meta.content)
}

/** One directive a line, as a policy is easiest to read. */
export const lines = (policy: string): string[] => policy.split(';').map((part) => part.trim()).filter(Boolean)

function sources(policy: string, directive: string): string[] | undefined {
  const fallback = directive === 'form-action' ? [] : ['default-src']
  for (const name of [directive, ...fallback]) {
    for (const line of lines(policy)) {
      const [first = '', ...rest] = line.split(/\s+/)
      if (first.toLowerCase() === name) return rest
    }
  }
  return undefined
}

/** blob: and data: are bytes that the page has already; keywords, hashes and nonces are not places. */
function reachOf(source: string): number {
  if (/^'self'$/i.test(source)) return REACHES.indexOf('site')
  return /^('.*'|blob:|data:)$/i.test(source) ? REACHES.indexOf('nothing') : REACHES.indexOf('others')
}

/** All policies must agree, so the strictest one decides; of several directives the laxest is told. */
function reach(policies: readonly string[], directives: readonly string[]): Reach {
  const laxest = directives.map((directive) => {
    const found = policies.map((policy) => sources(policy, directive)?.map(reachOf) ?? [REACHES.length - 1])
    return Math.min(REACHES.length - 1, ...found.map((each) => Math.max(0, ...each)))
  })
  return REACHES[Math.max(...laxest)] ?? 'others'
}

/** What `policies` come to, one sentence a subject. */
export function plainRules(policies: readonly string[]): string[] {
  return [
    t.connect[reach(policies, ['connect-src'])],
    t.code[reach(policies, ['script-src'])],
    t.media[reach(policies, ['img-src', 'media-src', 'font-src'])],
    t.forms[reach(policies, ['form-action'])],
    t.frames[reach(policies, ['frame-src', 'object-src'])],
  ]
}

/** Whether the browser stops the page from being led elsewhere: `perhaps` where that depends on headers that a page cannot read. */
export type Leaving = 'refused' | 'perhaps' | 'open'

export interface BrowserFacts {
  brands: readonly { brand: string; version: string }[]
  userAgent: string
  isolated: boolean
}

/** Chrome and Chromium from 152 on know Connection-Allowlist; others built from Chromium may leave it out. */
const KNOWN_FROM = 152

function chromium({ brands, userAgent }: BrowserFacts): number {
  if (brands.some(({ brand }) => !/^(Chromium|Google Chrome|HeadlessChrome|.*Not.*Brand)$/i.test(brand))) return 0
  const brand = brands.find((each) => each.brand === 'Chromium')
  if (brand) return Number(brand.version)
  return /\b(Edg|OPR|SamsungBrowser|Vivaldi)\w*\//.test(userAgent) ? 0 : Number(/\b(?:Headless)?Chrom(?:e|ium)\/(\d+)/.exec(userAgent)?.[1] ?? 0)
}

/** No page can read whether it has this rule (Chromium 156 has no property for it). It comes with the headers that isolate the page. */
export function leaving(facts: BrowserFacts): Leaving {
  if (chromium(facts) < KNOWN_FROM) return 'open'
  return facts.isolated ? 'refused' : 'perhaps'
}

export function browserFacts(): BrowserFacts {
  const { userAgentData } = navigator as Navigator & { userAgentData?: { brands: BrowserFacts['brands'] } }
  return { brands: userAgentData?.brands ?? [], userAgent: navigator.userAgent, isolated: crossOriginIsolated }
}
