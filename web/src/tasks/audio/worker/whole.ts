/** A sound that goes into the model at once, in its own length: what it is, or what is said in it. */
import type { LabelScore, TensorLike, TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { AudioPipeline, Whole } from '../../../shared/manifest.gen.js'
import { joined, Resampler } from '../shared/resample.js'
import type { Named } from '../../../worker/engine.js'
import { take } from '../../../worker/outputs.js'
import type { Matching } from '../../../worker/language/matching.js'
import type { Answer, Calling, Runs } from '../../../worker/reader.js'
import { textOf, wordsOf } from './ctc.js'
import { ownFrames, piecesOf } from './pieces.js'

export function atRate(samples: Float32Array, rate: number, { rate: to, resampler: filter }: AudioPipeline): Float32Array {
  if (rate === to) return samples
  const resampler = new Resampler(rate, to, filter)
  return joined(resampler.push(samples), resampler.end())
}

/** A sentence where the model cannot hear so short a sound. */
export function checkLength({ length }: Float32Array, { least }: Whole, rate: number): void {
  if (length < least) throw new EdgewebError('input', `The sound is too short: the model needs ${Math.ceil((least / rate) * 1000)} milliseconds of it.`, 'Give a longer one.')
}

async function through(samples: Float32Array, { preprocess, postprocess, input, outputs, constants }: AudioPipeline, runs: Runs, fixed: Named): Promise<Named> {
  const given = await runs.small(preprocess, new Map([['samples', { type: 'float32', dims: [1, samples.length], data: samples }]]))
  const found = await runs.infer(new Map([...(constants?.length ? fixed : []), [input, take(given, 'tensor')]]))
  return runs.small(postprocess, new Map(outputs.map((name, place) => [`raw${place}`, take(found, name)])))
}

/** Labels that the visitor writes, held against the sound, of which no more than `most` samples are heard. */
export async function matched(sound: Float32Array, pipeline: AudioPipeline, labels: readonly string[], options: TextOptions, runs: Runs, fixed: Named, matching: Matching | undefined): Promise<Answer> {
  if (matching === undefined) throw new EdgewebError('site-invalid', 'The site does not say how its model reads labels.', 'Build the site again.')
  const heard = sound.slice(0, pipeline.whole?.most ?? sound.length)
  const own = take(await through(heard, pipeline, runs, fixed), 'vector')
  return { task: 'classification', labels: await matching.scores(own, labels, options.template), ...(heard.length < sound.length && { truncated: true as const }) }
}

/** The classes of the whole sound, of which no more than `most` samples are heard. */
export async function classified(sound: Float32Array, pipeline: AudioPipeline, names: readonly string[], runs: Runs, fixed: Named): Promise<Answer> {
  const most = pipeline.whole?.most ?? sound.length
  const heard = sound.slice(0, most)
  const { data } = take(await through(heard, pipeline, runs, fixed), 'scores')
  const labels: LabelScore[] = Array.from(data as Float32Array, (score, c) => ({ label: names[c] ?? `class ${c}`, score })).sort((a, b) => b.score - a.score)
  const [best] = labels
  const segments = best ? [{ ...best, start: 0, end: heard.length / pipeline.rate }] : []
  return { task: 'classification', labels, segments, ...(heard.length < sound.length && { truncated: true as const }) }
}

/** What was said, with the times of words where they are wanted, or where the sound had to be cut. */
export async function transcribed(sound: Float32Array, pipeline: AudioPipeline, options: TextOptions, runs: Runs, fixed: Named, calling: Calling): Promise<Answer> {
  const { whole, ctc, rate } = pipeline
  if (!whole || !ctc) throw new EdgewebError('site-invalid', 'The manifest does not say how speech is written.', 'Build the site again.')
  const cut = sound.length > whole.most
  const pieces = cut ? piecesOf(sound.length, whole.piece ?? whole.most, whole.margin ?? 0) : [{ from: 0, to: sound.length, left: 0, right: 0 }]
  const ids: number[] = []
  for (const [done, piece] of pieces.entries()) {
    const found: TensorLike = take(await through(sound.slice(piece.from, piece.to), pipeline, runs, fixed), 'ids')
    const all = found.data as Int32Array
    const [first, end] = cut ? ownFrames(piece, ctc.ratio) : [0, all.length]
    for (const id of all.subarray(first, end)) ids.push(id)
    if (cut) calling.onPart(done + 1, pieces.length)
    if (calling.stopped()) break
  }
  return { task: 'transcript', text: textOf(ids, ctc), segments: options.timestamps || cut ? wordsOf(ids, ctc, rate) : [] }
}
