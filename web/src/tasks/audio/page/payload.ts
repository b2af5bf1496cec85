/** A sound, or a piece of one, from whatever `predict()` is given. */
import type { PredictInput, Sound, TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { Payload } from '../../../shared/protocol.js'
import type { ToPayload } from '../../../page/kind.js'
import { isParts, partsOf } from '../../../page/parts.js'
import { readSound } from '../../../page/sound.js'

export const payload: ToPayload = (input, { audio }, stream, options) => (audio ? soundPayload(input, stream, options) : undefined)

async function soundPayload(given: PredictInput, stream?: 'more' | 'end', options?: TextOptions): Promise<Payload> {
  const part = { ...(stream && { stream }), ...(options && { options }) }
  if (isParts(given) && given.audio && Object.keys(given).length > 1) return partsOf(given, options)
  // A sound may also come as the only part of several.
  const input = isParts(given) && given.audio ? given.audio : given
  if (input instanceof Float32Array) return { kind: 'sound', samples: finite(input), rate: null, ...part }
  const sound = input instanceof Blob ? await readSound(await input.arrayBuffer()) : input
  const { samples, rate } = (sound ?? {}) as Partial<Sound>
  if (!(samples instanceof Float32Array) || typeof rate !== 'number') throw new EdgewebError('input', 'This model takes sounds.', 'Give a file, { samples, rate } or a Float32Array of samples.')
  if (!Number.isInteger(rate) || rate < 1000 || rate > 768_000) throw new EdgewebError('input', `A rate of ${rate} samples a second is not one that sounds have.`, 'Give a whole number such as 16000.')
  return { kind: 'sound', samples: finite(samples), rate, ...part }
}

/** A single NaN would make the whole answer one. */
function finite(samples: Float32Array): Float32Array {
  const odd = samples.findIndex((sample) => !Number.isFinite(sample))
  if (odd >= 0) throw new EdgewebError('input', `Sample ${odd + 1} of the sound is ${String(samples[odd])}.`, 'Give numbers from -1 to 1.')
  return samples
}
