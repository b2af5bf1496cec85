/** A picture, alone or with words, or with places in it, from whatever `predict()` is given. */
import type { Message, Parts, PictureMessage, TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { Manifest } from '../../../shared/manifest.gen.js'
import type { Payload, WorkerParts } from '../../../shared/protocol.js'
import { toPayload } from '../../../page/forms.js'
import type { ToPayload } from '../../../page/kind.js'
import { isParts, messagesOf, partsOf } from '../../../page/parts.js'

export const payload: ToPayload = (input, manifest, _stream, options) => {
  if (manifest.image == null || manifest.hooks != null) return undefined
  if (manifest.writer?.seeing != null && Array.isArray(input)) return talk(input as readonly PictureMessage[], options)
  return isParts(input) && ('image' in input || 'question' in input) ? pictured(input, manifest, options) : undefined
}

async function pictured(input: Parts, { image, matching, writer }: Manifest, options?: TextOptions): Promise<Payload> {
  const around = image?.fit?.rule === 'around'
  const more = Object.entries(input).filter(([name, value]) => name !== 'image' && value !== undefined && !(around && name === 'boxes'))
  if (matching != null || image?.prompted != null || writer?.seeing != null || writer?.asked != null) return partsOf(input, options)
  if (more.length > 0) throw new EdgewebError('input', `This model takes a picture alone, and not ${more.map(([name]) => name).join(', ')}.`, 'Give the picture, or { image }.')
  if (input.image === undefined || input.image === null) throw new EdgewebError('input', 'There is no picture.', 'Give { image }.')
  return around && input.boxes !== undefined ? partsOf(input, options) : toPayload(input.image, options)
}

/** A conversation about the one picture in it. */
async function talk(messages: readonly PictureMessage[], options: TextOptions | undefined): Promise<Payload> {
  let image: Parts['image']
  const told = messages.map((message): Message & { shown?: boolean } => {
    if (typeof message?.content === 'string') return message as Message
    if (!Array.isArray(message?.content)) throw new EdgewebError('input', 'A message has no role and content.', "Give messages as { role: 'user', content: [{ type: 'image', image }, { type: 'text', text }] }.")
    let [content, shown] = ['', false]
    for (const part of message.content as Exclude<PictureMessage['content'], string>) {
      if (part.type === 'text') content += part.text
      else if (image !== undefined) throw new EdgewebError('input', 'There are several pictures in the conversation.', 'Show it one.')
      else [image, shown] = [part.image, true]
    }
    return { role: message.role, content, ...(shown && { shown }) }
  })
  if (image === undefined) throw new EdgewebError('input', 'There is no picture in the conversation.', "Put { type: 'image', image } into one of the user's messages.")
  messagesOf(told, options)
  const made = await partsOf({ image }, options)
  return made.kind === 'parts' ? { ...made, parts: { ...made.parts, messages: told } satisfies WorkerParts } : made
}
