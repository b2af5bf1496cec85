/** Fetches and checks a site's manifest. */
import { EdgewebError } from '../shared/errors.js'
import type { Manifest } from '../shared/manifest.gen.js'
import { parseManifest } from '../shared/manifest.js'

export function requestManifest(base: URL, signal?: AbortSignal): Promise<Response> {
  return fetch(new URL('edgeweb.json', base), { credentials: 'same-origin', signal: signal ?? null })
}

/** The manifest in the answer to `requestManifest`; every failure becomes an EdgewebError. */
export async function readManifest(base: URL, request: Promise<Response>, signal?: AbortSignal): Promise<Manifest> {
  try {
    const response = await request
    if (!response.ok) throw new EdgewebError('network', `There is no model at ${base.href}: the server answered ${response.status}.`, 'Check the address of the site.')
    return parseManifest(await response.json())
  } catch (error) {
    if (error instanceof EdgewebError) throw error
    if (signal?.aborted) throw new EdgewebError('aborted', 'Loading was stopped.', 'Load it again.', { cause: error })
    if (error instanceof SyntaxError) throw new EdgewebError('site-invalid', 'The manifest of the site is damaged.', 'Reload the page; if it stays, build the site again.', { cause: error })
    throw new EdgewebError('network', 'The site cannot be reached.', 'Check the connection and try again.', { cause: error })
  }
}
