/** Sounds: whole ones, or one that arrives in pieces. */
import { EdgewebError } from '../../../shared/errors.js'
import { makeInput } from '../../../shared/golden.js'
import type { SoundPayload } from '../../../shared/protocol.js'
import type { Answer, Calling, Open } from '../../../worker/reader.js'
import { joined } from '../shared/resample.js'
import { heardAs } from './results.js'
import { Speech } from './spoken.js'
import { AudioStream } from './stream.js'
import { atRate, checkLength, classified, transcribed } from './whole.js'

export const open: Open = ({ audio, labels }, runs, language) => {
  /** The sound of which a piece came last. */
  let current: AudioStream | undefined
  /** Pieces of speech wait here until it has ended. */
  let speech: { samples: Float32Array; rate: number } | undefined
  const fixed = new Map((audio?.constants ?? []).map((constant) => [constant.name, makeInput(constant)]))

  async function heard(payload: SoundPayload, calling: Calling): Promise<Answer> {
    if (audio == null) throw new EdgewebError('input', 'This model does not take sounds.', 'Use run() with named feeds.')
    const { samples, stream: piece, options = {} } = payload
    const rate = payload.rate ?? audio.rate
    if (audio.result === 'transcript') {
      const all = collected(samples, rate, piece)
      if (all && audio.spoken) return new Speech(audio, language, runs).transcribed(ready(all, rate), options, calling)
      return all ? transcribed(ready(all, rate), audio, options, runs, fixed, calling) : { task: 'transcript', text: '', segments: [] }
    }
    if (audio.whole && piece === undefined) {
      const sound = ready(samples, rate)
      if (audio.whole.cut || sound.length <= audio.whole.most) return classified(sound, audio, labels ?? [], runs, fixed)
    }
    const stream = piece !== undefined && current?.rate === rate ? current : new AudioStream(audio, rate, runs)
    current = piece === 'more' ? stream : undefined
    return heardAs(await stream.push(samples, piece !== 'more'), audio, labels ?? [])
  }

  /** All of a speech, once its end is there. */
  function collected(samples: Float32Array, rate: number, piece: SoundPayload['stream']): Float32Array | undefined {
    const before = piece !== undefined && speech?.rate === rate ? speech.samples : new Float32Array(0)
    const all = before.length ? joined(before, samples) : samples
    speech = piece === 'more' ? { samples: all, rate } : undefined
    return piece === 'more' ? undefined : all
  }

  function ready(samples: Float32Array, rate: number): Float32Array {
    const sound = audio ? atRate(samples, rate, audio) : samples
    if (audio?.whole) checkLength(sound, audio.whole, audio.rate)
    return sound
  }

  return {
    graphs: [audio?.preprocess, audio?.postprocess],
    predict: (payload, calling) => (payload.kind === 'sound' ? heard(payload, calling) : undefined),
    reset: () => { current = speech = undefined },
  }
}
