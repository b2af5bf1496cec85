/** headers.json: the response headers of each path, for hosts that send none; server/edgeweb_server/headers.py reads the same. */
import { EdgewebError } from '../shared/errors.js'

const FORMAT = 1

interface Rule {
  source: string
  headers: Record<string, string>
}

export class HeaderRules {
  private readonly exact = new Map<string, Record<string, string>>()
  /** The longest first. */
  private readonly prefixes: [string, Record<string, string>][] = []

  constructor(rules: Rule[]) {
    for (const { source, headers } of rules) {
      if (source.endsWith('*')) this.prefixes.push([source.slice(0, -1), headers])
      else this.exact.set(source, headers)
    }
    this.prefixes.sort(([a], [b]) => b.length - a.length)
  }

  /** Those of the most specific rule, and of no other: two policies would intersect. `path` begins with "/", the site's root. */
  at(path: string): Record<string, string> {
    return this.exact.get(path) ?? this.prefixes.find(([prefix]) => path.startsWith(prefix))?.[1] ?? {}
  }
}

/** @throws EdgewebError where they cannot be read in full: sending only some of a site's headers would open it. */
export function parseHeaders(text: string): HeaderRules {
  const found = JSON.parse(text) as { format?: unknown; rules?: unknown } | null
  if (found?.format !== FORMAT || !Array.isArray(found.rules) || !found.rules.every(isRule)) throw malformed()
  if (!found.rules.some(({ source }) => source === '/*')) throw malformed()
  return new HeaderRules(found.rules)
}

function isRule(value: unknown): value is Rule {
  const { source, headers } = (value ?? {}) as Record<string, unknown>
  if (typeof source !== 'string' || !/^\/[^*]*\*?$/.test(source)) return false
  return typeof headers === 'object' && headers !== null && Object.values(headers).every((header) => typeof header === 'string')
}

function malformed(): EdgewebError {
  return new EdgewebError('site-invalid', 'headers.json is malformed.', 'Build the site again.')
}
