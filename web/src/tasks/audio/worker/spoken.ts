/** Speech that the site's further model writes down, 30 seconds or so at a time. */
import type { TensorLike, TextOptions, TextProgress } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { AudioPipeline, Spoken } from '../../../shared/manifest.gen.js'
import type { Held } from '../../../worker/engine.js'
import type { Language } from '../../../worker/language/language.js'
import { take } from '../../../worker/outputs.js'
import type { Answer, Calling, Runs } from '../../../worker/reader.js'
import { piecesOf } from './pieces.js'
import { featuresFrom, keptOf } from './seeking.js'
import { languageOf, onlyOf, promptOf, timesIn, transcriptOf, type Heard } from './told.js'

const SILENT = { onPart: () => undefined }

export class Speech {
  private readonly spoken: Spoken
  private readonly words: { tokens: Language['tokens']; writer: NonNullable<Language['writer']> }

  constructor(private readonly pipeline: AudioPipeline, language: Language | undefined, private readonly runs: Runs) {
    if (pipeline.spoken == null || language?.writer === undefined) throw new EdgewebError('site-invalid', 'The site does not say how speech is written.', 'Build the site again.')
    this.spoken = pipeline.spoken
    this.words = { tokens: language.tokens, writer: language.writer }
  }

  /** @param sound at the model's own rate. */
  async transcribed(sound: Float32Array, options: TextOptions, calling: Calling): Promise<Answer> {
    const { pipeline: { whole, rate }, spoken } = this
    const most = whole?.most ?? sound.length
    const pieces = sound.length > most ? piecesOf(sound.length, whole?.piece ?? most, whole?.margin ?? 0) : [{ from: 0, to: sound.length, left: 0, right: 0 }]
    const asked = languageOf(spoken, options)
    let language = asked
    const heard: Heard[] = []
    const spell = (ids: number[]): string => this.words.tokens.text(ids)
    for (const [done, piece] of pieces.entries()) {
      const own: Heard & { ids: number[] } = { ids: [], length: (piece.to - piece.from) / rate, left: piece.left / rate, right: piece.right / rate }
      heard.push(own)
      // Each piece tells its language.
      const found = await this.piece(sound.slice(piece.from, piece.to), asked, own.ids, options, this.telling(heard, calling))
      language ??= found
      if (pieces.length > 1) calling.onPart(done + 1, pieces.length)
      if (calling.stopped()) break
    }
    const told = transcriptOf(heard, spoken, spell)
    const code = Object.keys(spoken.languages).find((each) => spoken.languages[each] === language)
    const timed = Boolean(options.timestamps) && spoken.plain != null
    const ids = heard.flatMap((each) => each.ids)
    return { task: 'transcript', text: told.text, segments: timed ? told.segments : [], tokens: ids.length, ids, ...(code !== undefined && { language: code }) }
  }

  /** What is written now, behind what was heard before. */
  private telling(heard: readonly Heard[], calling: Calling): Calling {
    const { onText: tell } = calling
    if (tell === undefined) return calling
    const onText = (progress: TextProgress): void => {
      const before = transcriptOf(heard, this.spoken, (ids) => this.words.tokens.text(ids)).text
      tell({ ...progress, text: before + progress.text, tokens: heard.reduce((sum, { ids }) => sum + ids.length, progress.tokens) })
    }
    return { ...calling, onText }
  }

  /** Write one piece, from where the times that were written end, into `ids`. @returns its language. */
  private async piece(samples: Float32Array, known: number | undefined, ids: number[], options: TextOptions, calling: Calling): Promise<number | undefined> {
    const { pipeline: { preprocess, whole, rate }, spoken } = this
    const features = take(await this.runs.small(preprocess, new Map([['samples', { type: 'float32', dims: [1, samples.length], data: samples }]])), 'tensor')
    const frames = features.dims.at(-1) ?? 0
    const framesOfStep = Math.round((frames * spoken.step * rate) / (whole?.most ?? samples.length))
    let language = known
    for (let frame = 0; frame < frames && !calling.stopped();) {
      const found = await this.part(featuresFrom(features, frame), language, options, calling)
      language = found.language
      const { kept, steps } = keptOf(found.ids, spoken)
      ids.push(...kept)
      if (steps <= 0) break
      frame += steps * framesOfStep
    }
    return language
  }

  /** What is written of some features, and in which language. */
  private async part(features: TensorLike, known: number | undefined, options: TextOptions, calling: Calling): Promise<{ ids: number[]; language: number | undefined }> {
    const { pipeline: { input }, spoken, runs, words: { writer } } = this
    const { held } = await runs.hold(new Map([[input, features]]), writer.reads)
    try {
      const places = [...held.values()][0]?.dims[1] ?? 0
      const language = known ?? (await this.detected(held, places, calling))
      const timed = Boolean(options.timestamps) && spoken.plain != null
      const prompt = promptOf(spoken, language, timed)
      const { ids } = await writer.about(held, places, options, calling, prompt, timed ? timesIn(spoken, prompt.length) : undefined)
      return { ids: ids.slice(prompt.length), language }
    } finally {
      for (const each of held.values()) each.free()
    }
  }

  /** The likeliest language after the first token, where there are several. */
  private async detected(held: ReadonlyMap<string, Held>, places: number, calling: Calling): Promise<number | undefined> {
    const { spoken, words: { writer } } = this
    const all = Object.values(spoken.languages)
    const [first] = spoken.prompt
    if (all.length === 0 || first == null) return undefined
    const { ids } = await writer.about(held, places, { maxTokens: 1, temperature: 0, beams: 1 }, { ...SILENT, stopped: () => calling.stopped() }, [first], onlyOf(all))
    return ids[1]
  }
}
