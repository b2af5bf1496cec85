/** Reads edgeweb.json: it carries its own hash, the release id, so it is checked like every other file. */
import { EdgewebError } from './errors.js'
import type { Manifest } from './manifest.gen.js'
import { parseManifest } from './manifest.js'
import { sha256 } from './store.js'

/** As the builder writes it; inside a JSON string the quotes would be escaped, so nothing else can look like it. */
const ID = /"release": "([0-9a-f]{16})"/

/**
 * The checked manifest.
 *
 * The id is the start of the SHA-256 of the same text with an empty id. Plain http on a network address has no crypto; there
 * whoever could change the manifest could change this script as well.
 *
 * @throws EdgewebError `integrity` for a text that was cut or changed, `site-invalid` for one of another format.
 */
export async function readRelease(text: string): Promise<Manifest> {
  const id = ID.exec(text)?.[1]
  if (globalThis.isSecureContext && id !== undefined) {
    const digest = await sha256(new TextEncoder().encode(text.replace(ID, '"release": ""')))
    if (!digest.startsWith(id)) throw damaged()
  }
  const manifest = parseManifest(parse(text))
  if (manifest.release !== id) throw damaged()
  return manifest
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw damaged(error)
  }
}

function damaged(cause?: unknown): EdgewebError {
  return new EdgewebError('integrity', 'The list of the site\'s files arrived damaged and was not used.', 'Reload the page; if it stays, the site has to be put on its host again.', cause === undefined ? {} : { cause })
}
