/** Fetches files for the store: checked, with a deadline for silence, and asked for once more past the HTTP cache. */
import { EdgewebError } from '../shared/errors.js'
import { isIntact, type Known } from '../shared/store.js'

/** A stalled connection never ends by itself. */
const STALL_MS = 20_000
const MANIFEST_MS = 10_000

/** The bytes of a file, proved to be those, from the first of these addresses that has it. */
export async function fetchChecked(urls: readonly string[], file: Known): Promise<Uint8Array<ArrayBuffer>> {
  let cause: unknown
  // The HTTP cache first: a first visit has just filled it. What it has may be of another release, hence the second try.
  for (const url of urls) {
    for (const cache of ['default', 'reload'] as const) {
      try {
        const bytes = await read(url, file.bytes, cache)
        if (await isIntact(bytes, file)) return bytes
      } catch (error) {
        cause = error
      }
    }
  }
  throw new EdgewebError('network', 'A file of the site could not be had as it was published.', 'Try again when there is a connection.', { cause })
}

async function read(url: string, length: number, cache: RequestCache): Promise<Uint8Array<ArrayBuffer>> {
  const stop = new AbortController()
  let timer = setTimeout(() => stop.abort(), STALL_MS)
  const bytes = new Uint8Array(length)
  let filled = 0
  try {
    const response = await fetch(url, { cache, credentials: 'omit', signal: stop.signal })
    if (response.status !== 200) throw new Error(`The server answered ${response.status}.`)
    const reader = response.body?.getReader()
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      clearTimeout(timer)
      timer = setTimeout(() => stop.abort(), STALL_MS)
      if (filled + part.value.length > length) throw new Error('It is too long.')
      bytes.set(part.value, filled)
      filled += part.value.length
    }
    if (filled < length) throw new Error('It ended early.')
    return bytes
  } catch (error) {
    stop.abort()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

export interface Answer {
  status: number
  text: string
}

/** A small file such as edgeweb.json as the host has it now, whatever it says. */
export async function fetchText(url: string): Promise<Answer> {
  const response = await fetch(url, { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(MANIFEST_MS) })
  return { status: response.status, text: await response.text() }
}
