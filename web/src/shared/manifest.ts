/** Checks that a parsed edgeweb.json is a manifest of the format this code reads; unknown keys are refused. */
import { EdgewebError } from './errors.js'
import type { Manifest } from './manifest.gen.js'
import validate from './manifest.validate.gen.js'

const FORMAT = 1

export function parseManifest(value: unknown): Manifest {
  const format = (value as { format?: unknown } | null)?.format
  if (format !== FORMAT) throw new EdgewebError('site-invalid', `The site has format ${JSON.stringify(format)}, this page reads ${FORMAT}.`, 'Reload the page; if it stays, build the site again.')
  if (!validate(value)) {
    const [first] = validate.errors ?? []
    const extra = first?.params['additionalProperty']
    const detail = `${first?.instancePath ?? ''} ${first?.message ?? ''}${typeof extra === 'string' ? ` (${extra})` : ''}`
    throw new EdgewebError('site-invalid', `The manifest of the site is not valid: ${detail.trim()}.`, 'Build the site again.')
  }
  return value
}
