/** A sound, or a piece of one, from whatever `predict()` is given. */
import type { PredictInput, Sound } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { Payload } from '../../../shared/protocol.js'
import type { ToPayload } from '../../../page/kind.js'
import { readSound } from '../../../page/sound.js'

export const payload: ToPayload = (input, { audio }, stream) => (audio ? soundPayload(input, stream) : undefined)

async function soundPayload(input: PredictInput, stream?: 'more' | 'end'): Promise<Payload> {
  const part = stream === undefined ? {} : { stream }
  if (input instanceof Float32Array) return { kind: 'sound', samples: input, rate: null, ...part }
  const sound = input instanceof Blob ? await readSound(await input.arrayBuffer()) : input
  const { samples, rate } = sound as Partial<Sound>
  if (!(samples instanceof Float32Array) || typeof rate !== 'number') throw new EdgewebError('input', 'This model takes sounds.', 'Give a file, { samples, rate } or a Float32Array of samples.')
  if (!Number.isInteger(rate) || rate < 1000 || rate > 768_000) throw new EdgewebError('input', `A rate of ${rate} samples a second is not one that sounds have.`, 'Give a whole number such as 16000.')
  return { kind: 'sound', samples, rate, ...part }
}
