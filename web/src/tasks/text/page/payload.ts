/** Conversations, for a model that writes. */
import type { ToPayload } from '../../../page/kind.js'
import { messagesOf } from '../../../page/parts.js'

export const payload: ToPayload = (input, { text }, _, options) => {
  const found = text == null ? undefined : messagesOf(input, options)
  return found && Promise.resolve(found)
}
