/** What index.html has begun, where the page's script finds it, and what both need to begin anything. */

/** A file to fetch: where, how large (as sent with brotli), and what it must hash to. */
export interface Asset {
  path: string
  bytes: number
  wire: number
  sha256: string
}

/** What must arrive before a model can run. `index.html` carries it; `load()` makes the same from the manifest. */
export interface Plan {
  base: string
  worker: string
  glue: string
  wasm: Asset
  model: Asset[]
}

export interface Requests {
  stop: AbortController
  manifest: Promise<Response>
  module: Promise<WebAssembly.Module>
  /** Responses by the path that the plan names. */
  files: Record<string, Promise<Response>>
  /** Has been told its glue and `threads`, and gets the module when it is compiled. */
  worker: Worker
  threads: number
  trusted: Trust
}

/** A script's address as the browser wants it where the page demands Trusted Types. */
export type Trust = (url: string) => string | URL

/** Two scripts that share no module meet on a symbol that both can name. */
export const REQUESTS = Symbol.for('edgeweb.requests')

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): URL }
}

/** The Trusted Types policy `edgeweb`, which lets through this origin's scripts only; a page may make it once. */
export function policy(): Trust {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes
  const check = (text: string): string => {
    if (new URL(text).origin !== location.origin) throw new TypeError('Scripts come from this site only.')
    return text
  }
  if (types === undefined) return check
  const made = types.createPolicy('edgeweb', { createScriptURL: check })
  return (url) => made.createScriptURL(url)
}
