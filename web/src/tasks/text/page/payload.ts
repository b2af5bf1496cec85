/** Conversations, and several texts such as a question and where its answer may be, as what the worker takes. */
import { isParts, messagesOf, partsOf } from '../../../page/parts.js'
import type { ToPayload } from '../../../page/kind.js'

export const payload: ToPayload = (input, { text }, _, options) => {
  if (text == null) return undefined
  const messages = messagesOf(input, options)
  if (messages !== undefined) return Promise.resolve(messages)
  return text.inputs != null && isParts(input) ? partsOf(input, options) : undefined
}
