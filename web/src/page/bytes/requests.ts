/** What index.html has begun, where the page's script finds it, and what both need to begin anything. */
import type { Arrival } from './arrival.js'
import type { Asset } from './asset.js'

/** A build of ONNX Runtime: the compute worker made for it, its glue, and its .wasm in one or more shards. */
export interface Flavour {
  worker: Asset
  glue: Asset
  wasm: Asset[]
  /** It begins with the model's session made, with one thread; the model itself is not needed. */
  restores: boolean
}

/** What runs the site's own Python. */
export interface PythonAssets {
  worker: Asset
  glue: Asset
  wasm: Asset[]
  library: Asset
  api: Asset
  source: Asset
  /** Of each package the shards that make its archive. */
  packages: Asset[][]
}

/** A form of the model: its shards, and what it may run on. */
export interface Form {
  files: Asset[]
  backends: string[]
  /** How many of its files make a draft, which answers until the others are there; null: it takes them all. */
  draft: number | null
}

/** What reads texts in the worker. */
export interface TextAssets {
  script: Asset
  tokenizer: Asset
}

/** `full`: what `wasm` was cut from, where it was; fetched when a function is needed that `wasm` lacks. */
export type FlavourName = 'wasm' | 'full' | 'jspi' | 'asyncify'

/** Everything that a page executes. `index.html` carries it; `load()` makes the same from the manifest. */
export interface Plan {
  script: Asset
  interface: Asset
  runtimes: { wasm: Flavour } & Partial<Record<FlavourName, Flavour>>
  variants: Form[]
  python?: PythonAssets
  text?: TextAssets
  accelerate: boolean
}

export interface Requests {
  stop: AbortController
  manifest: Promise<Response>
  flavour: Promise<FlavourName>
  /** What arrives, by the path that the plan names. */
  files: Map<string, Arrival>
  /** Where the interface can be imported from; undefined once it was. */
  interface: Promise<string> | undefined
  /** The page's script, as other pages have it by edgeweb.js. */
  module: Promise<unknown>
}

/** A script's address as the browser wants it where the page demands Trusted Types. */
export type Trust = (url: string) => string | URL

/** Two scripts that share no module meet on a symbol that both can name. */
export const REQUESTS = Symbol.for('edgeweb.requests')

/** What index.html has begun, on the site's own page. */
export function begun(): (Requests & { taken?: boolean }) | undefined {
  return (globalThis as { [REQUESTS]?: Requests })[REQUESTS]
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): URL }
}

/** The Trusted Types policy `edgeweb` of a window, which lets through this origin's scripts only; a window may make it once. */
export function policy(window: object = globalThis): Trust {
  const types = (window as { trustedTypes?: TrustedTypes }).trustedTypes
  const check = (text: string): string => {
    if (new URL(text).origin !== location.origin) throw new TypeError('Scripts come from this site only.')
    return text
  }
  if (types === undefined) return check
  const made = types.createPolicy('edgeweb', { createScriptURL: check })
  return (url) => made.createScriptURL(url)
}

/** Where a page's only policy is, for the modules of several sites. */
const TRUSTED = Symbol.for('edgeweb.trusted')

/** By the page's own policy, which can be made once. */
export function trusted(url: string): string | URL {
  const page = globalThis as { [TRUSTED]?: Trust }
  page[TRUSTED] ??= policy()
  return page[TRUSTED](url)
}

/** A SHA-256 in the form of the `integrity` attribute. */
export function integrity(sha256: string): string {
  return `sha256-${btoa(String.fromCharCode(...(sha256.match(/../g) ?? []).map((pair) => parseInt(pair, 16))))}`
}
