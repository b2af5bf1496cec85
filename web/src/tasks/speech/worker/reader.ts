/** Texts that are spoken. */
import type { TensorLike } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import { makeInput } from '../../../shared/golden.js'
import type { SpeechPipeline } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import type { Language } from '../../../worker/language/language.js'
import { take } from '../../../worker/outputs.js'
import type { Answer, Calling, Open } from '../../../worker/reader.js'
import { lettersOf } from '../shared/letters.js'
import { spoken } from './frames.js'

export const open: Open = ({ speech }, runs, language) => {
  const speak = async (text: string, pipeline: SpeechPipeline, calling: Calling): Promise<Answer> => {
    const feeds = feedsOf(text, pipeline, language)
    if (pipeline.frames == null) return read(await runs.infer(feeds), pipeline)
    return sounding(await spoken(pipeline.frames, feeds, runs, () => calling.stopped()), pipeline)
  }
  return {
    feeds: (payload) => (payload.kind === 'text' && speech ? feedsOf(payload.text, speech, language) : undefined),
    predict: (payload, calling) => (payload.kind === 'text' && speech ? speak(payload.text, speech, calling) : undefined),
    // What the model itself gives is no sound yet where others make it.
    read: (outputs) => (speech && speech.frames == null ? read(outputs, speech) : undefined),
  }
}

function feedsOf(text: string, pipeline: SpeechPipeline, language: Language | undefined): Named {
  const { input, type, mask, constants = [], frames } = pipeline
  const ids = frames == null ? lettersOf(text, pipeline) : tokensOf(text, language)
  const row = (numbers: number[]): TensorLike => ({ type, dims: [1, numbers.length], data: type === 'int32' ? Int32Array.from(numbers) : BigInt64Array.from(numbers, BigInt) })
  const feeds: Named = new Map([[input, row(ids)], ...constants.map((each) => [each.name, makeInput(each)] as const)])
  if (mask != null) feeds.set(mask, row(ids.map(() => 1)))
  return feeds
}

/** All of them are spoken: a part of a text would be taken for the whole. */
function tokensOf(text: string, language: Language | undefined): number[] {
  if (language === undefined) throw new EdgewebError('site-invalid', 'The site does not say how its model reads.', 'Build the site again.')
  if (text.trim() === '') throw new EdgewebError('input', 'There is no text to speak.', 'Write a word.')
  const { ids, truncated } = language.tokens.whole(text)
  if (truncated) throw new EdgewebError('input', `The text has more letters than the ${ids.length} that the model speaks at once.`, 'Give a part of it.')
  return ids
}

function read(outputs: Named, pipeline: SpeechPipeline): Answer {
  return sounding(take(outputs, pipeline.output), pipeline)
}

function sounding(sound: TensorLike, { rate }: SpeechPipeline): Answer {
  return { task: 'audio', samples: Float32Array.from(sound.data as Float32Array), rate }
}
