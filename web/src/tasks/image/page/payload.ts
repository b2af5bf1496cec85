/** A picture with words, or with places in it, from whatever `predict()` is given. */
import type { ToPayload } from '../../../page/kind.js'
import { isParts, partsOf } from '../../../page/parts.js'

export const payload: ToPayload = (input, { image, hooks }, _stream, options) => (image != null && hooks == null && isParts(input) && 'image' in input ? partsOf(input, options) : undefined)
