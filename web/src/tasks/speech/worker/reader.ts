/** Texts that are spoken. */
import type { TensorLike } from '../../../shared/api.js'
import { makeInput } from '../../../shared/golden.js'
import type { SpeechPipeline } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import { take } from '../../../worker/outputs.js'
import type { Answer, Open } from '../../../worker/reader.js'
import { lettersOf } from '../shared/letters.js'

export const open: Open = ({ speech }, runs) => {
  const spoken = async (text: string, pipeline: SpeechPipeline): Promise<Answer> => read(await runs.infer(feedsOf(text, pipeline)), pipeline)
  return {
    feeds: (payload) => (payload.kind === 'text' && speech ? feedsOf(payload.text, speech) : undefined),
    predict: (payload) => (payload.kind === 'text' && speech ? spoken(payload.text, speech) : undefined),
    read: (outputs) => (speech ? read(outputs, speech) : undefined),
  }
}

function feedsOf(text: string, pipeline: SpeechPipeline): Named {
  const { input, type, mask, constants = [] } = pipeline
  const ids = lettersOf(text, pipeline)
  const row = (numbers: number[]): TensorLike => ({ type, dims: [1, numbers.length], data: type === 'int32' ? Int32Array.from(numbers) : BigInt64Array.from(numbers, BigInt) })
  const feeds: Named = new Map([[input, row(ids)], ...constants.map((each) => [each.name, makeInput(each)] as const)])
  if (mask != null) feeds.set(mask, row(ids.map(() => 1)))
  return feeds
}

function read(outputs: Named, { output, rate }: SpeechPipeline): Answer {
  return { task: 'audio', samples: Float32Array.from(take(outputs, output).data as Float32Array), rate }
}
