/** From whatever `predict()` is given to what a worker can receive. */
import type { Manifest, PredictInput, TextOptions } from '../shared/api.js'
import type { Payload } from '../shared/protocol.js'
import { toPayload } from './forms.js'
import { payloads } from './payloads.gen.js'

/** What the site's kind makes of it, or `toPayload`. */
export async function payloadOf(input: PredictInput, manifest: Manifest, stream?: 'more' | 'end', options?: TextOptions): Promise<Payload> {
  for (const payload of payloads) {
    const found = payload(input, manifest, stream, options)
    if (found !== undefined) return found
  }
  return toPayload(input, options)
}
