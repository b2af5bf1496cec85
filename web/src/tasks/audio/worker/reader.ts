/** Sounds: whole ones, or one that arrives in pieces. */
import { EdgewebError } from '../../../shared/errors.js'
import type { SoundPayload } from '../../../shared/protocol.js'
import type { Answer, Open } from '../../../worker/reader.js'
import { heardAs } from './results.js'
import { AudioStream } from './stream.js'

export const open: Open = ({ audio, labels }, runs) => {
  /** The sound of which a piece came last. */
  let current: AudioStream | undefined

  async function heard({ samples, rate, stream: piece }: SoundPayload): Promise<Answer> {
    if (audio == null) throw new EdgewebError('input', 'This model does not take sounds.', 'Use run() with named feeds.')
    const own = rate ?? audio.rate
    const stream = piece !== undefined && current?.rate === own ? current : new AudioStream(audio, own, runs)
    current = piece === 'more' ? stream : undefined
    return heardAs(await stream.push(samples, piece !== 'more'), audio, labels ?? [])
  }

  return {
    graphs: [audio?.preprocess, audio?.postprocess],
    predict: (payload) => (payload.kind === 'sound' ? heard(payload) : undefined),
    reset: () => { current = undefined },
  }
}
