/** Inputs of several parts, a question and a picture say, and conversations: from what `predict()` is given to what a worker can receive. */
import type { Message, Parts, PredictInput, Sound, TextOptions } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { Payload } from '../shared/protocol.js'
import { readSound } from './sound.js'
import { toPayload } from './forms.js'
import { checkParts } from './options.js'

const ROLES = new Set(['system', 'user', 'assistant'])

/** A conversation, or undefined where the input is none. */
export function messagesOf(input: PredictInput, options?: TextOptions): Payload | undefined {
  if (!Array.isArray(input)) return undefined
  const messages = input as readonly Message[]
  const odd = messages.findIndex((each) => typeof each !== 'object' || !ROLES.has(each.role) || typeof each.content !== 'string')
  if (odd >= 0 || messages.length === 0) throw new EdgewebError('input', odd < 0 ? 'There is no message.' : `Message ${odd + 1} has no role and content.`, "Give messages as { role: 'user', content: '...' }.")
  return { kind: 'messages', messages: messages.map(({ role, content }) => ({ role, content })), ...(options && { options }) }
}

/** An object with parts, or undefined where it is something else, as files, pictures and texts are. */
export async function partsOf(input: Parts, options?: TextOptions): Promise<Payload> {
  const { image, audio, ...rest } = input
  checkParts(rest)
  const picture = image === undefined ? undefined : await toPayload(image)
  if (picture !== undefined && picture.kind !== 'image') throw new EdgewebError('input', 'The part "image" is no picture.', 'Give a file, or an element that shows a picture.')
  const sound = audio instanceof Blob ? await readSound(await audio.arrayBuffer()) : audio
  return {
    kind: 'parts', moved: picture?.moved === true,
    parts: { ...rest, ...(picture && { image: picture.image }), ...(sound && { audio: sound as Sound | Float32Array }) }, ...(options && { options }),
  }
}

/** Whether it is an object of parts, and no form that has a meaning of its own. */
export function isParts(input: PredictInput): input is Parts {
  return typeof input === 'object' && input !== null && Object.getPrototypeOf(input) === Object.prototype && !('samples' in input)
}
