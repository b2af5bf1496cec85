/** A picture, alone or with words, or with places in it, from whatever `predict()` is given. */
import type { Parts, TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { Manifest } from '../../../shared/manifest.gen.js'
import type { Payload } from '../../../shared/protocol.js'
import { toPayload } from '../../../page/forms.js'
import type { ToPayload } from '../../../page/kind.js'
import { isParts, partsOf } from '../../../page/parts.js'

export const payload: ToPayload = (input, manifest, _stream, options) => (manifest.image != null && manifest.hooks == null && isParts(input) && ('image' in input || 'question' in input) ? pictured(input, manifest, options) : undefined)

async function pictured(input: Parts, { image, matching, writer }: Manifest, options?: TextOptions): Promise<Payload> {
  const more = Object.entries(input).filter(([name, value]) => name !== 'image' && value !== undefined)
  if (matching != null || image?.prompted != null || writer?.asked != null) return partsOf(input, options)
  if (more.length > 0) throw new EdgewebError('input', `This model takes a picture alone, and not ${more.map(([name]) => name).join(', ')}.`, 'Give the picture, or { image }.')
  if (input.image === undefined || input.image === null) throw new EdgewebError('input', 'There is no picture.', 'Give { image }.')
  return toPayload(input.image, options)
}
