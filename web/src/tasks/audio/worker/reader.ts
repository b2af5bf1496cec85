/** Sounds: whole ones, or one that arrives in pieces. */
import type { TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import { makeInput } from '../../../shared/golden.js'
import type { SoundPayload, WorkerParts } from '../../../shared/protocol.js'
import type { Answer, Calling, Open } from '../../../worker/reader.js'
import { joined } from '../shared/resample.js'
import { heardAs } from './results.js'
import { Speech } from './spoken.js'
import { AudioStream } from './stream.js'
import { atRate, checkLength, classified, matched, transcribed } from './whole.js'

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
    if (audio.result === 'matching') {
      const all = collected(samples, rate, piece)
      return all ? matched(ready(all, rate), audio, labels ?? [], options, runs, fixed, language?.matching) : { task: 'classification', labels: [] }
    }
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

  /** Which labels fit a sound. */
  function asked({ audio: sound, labels: given }: WorkerParts, options: TextOptions): Promise<Answer> | undefined {
    if (audio == null || sound === undefined) return undefined
    if (audio.result !== 'matching') throw new EdgewebError('input', 'This model takes a sound alone: it knows labels of its own, or none.', 'Give the sound alone.')
    const { samples, rate } = sound instanceof Float32Array ? { samples: sound, rate: audio.rate } : sound
    return matched(ready(samples, rate), audio, given ?? labels ?? [], options, runs, fixed, language?.matching)
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
    graphs: [audio?.preprocess, audio?.postprocess, audio && language?.matching?.head],
    predict: (payload, calling) => (payload.kind === 'sound' ? heard(payload, calling) : payload.kind === 'parts' ? asked(payload.parts, payload.options ?? {}) : undefined),
    reset: () => { current = speech = undefined },
  }
}
