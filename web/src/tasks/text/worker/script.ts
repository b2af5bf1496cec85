/** The script for sites whose model reads token ids: from a text to the result form of the task. */
import type { LabelScore, Message, Parts, TensorLike, TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { TextInputs, TextPipeline } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import { asMessages, Writer } from '../../../worker/language/writer.js'
import { Matching } from '../../../worker/language/matching.js'
import { only } from '../../../worker/language/rules.js'
import type { OpenLanguage, TextReader } from '../../../worker/language/language.js'
import type { Answer, Calling, Runs } from '../../../worker/reader.js'
import { located } from './offsets.js'
import { spoken } from './spoken.js'
import { joins, spansOf } from './spans.js'
import { TwoTexts } from './two.js'
import { inputsFor, Tokens, whole, type Ids } from '../../../worker/language/tokens.js'

/** What people write for a blank. */
const BLANK = /_{3,}/g
/** So many words are told for a blank where nobody says how many. */
const WORDS = 5

export const open: OpenLanguage = (data, manifest, runs) => {
  const { language, writer, matching, text } = manifest
  if (language == null) throw new EdgewebError('site-invalid', 'The site does not say how its model reads.', 'Build the site again.')
  const tokens = new Tokens(data, language)
  const writes = writer == null ? undefined : new Writer(writer, tokens, runs, language.before ?? [])
  const texts = text?.inputs == null ? undefined : new TokenReader(tokens, writes, text, text.inputs, manifest.labels ?? [], runs)
  return { tokens, writer: writes, matching: matching == null ? undefined : new Matching(matching, tokens, runs), texts }
}

class TokenReader implements TextReader {
  private readonly two: TwoTexts

  constructor(
    private readonly tokens: Tokens, private readonly writer: Writer | undefined, private readonly pipeline: TextPipeline,
    private readonly inputs: TextInputs, private readonly labels: readonly string[], private readonly runs: Runs,
  ) {
    this.two = new TwoTexts(tokens, pipeline, inputs, runs)
  }

  feeds(text: string): Named {
    return inputsFor(this.inputs, this.pipeline.result === 'text' && this.writes.reads.size === 0 ? this.writes.prompt(asMessages(text)).ids : this.tokens.whole(this.blanked(text)).ids)
  }

  feedsOf({ text, pair, question, context }: Partial<Parts>): Named {
    const [first, second] = [text ?? question ?? '', typeof pair === 'object' ? pair[0] : (pair ?? context)]
    return second === undefined ? this.feeds(first) : this.two.feeds(this.tokens.both(first, second))
  }

  private get writes(): Writer {
    if (this.writer === undefined) throw new EdgewebError('site-invalid', 'The site does not say how its model writes.', 'Build the site again.')
    return this.writer
  }

  async predict(text: string, options: TextOptions, calling: Calling): Promise<Answer> {
    switch (this.pipeline.result) {
      case 'text': return this.writes.reads.size > 0 ? this.answer(text, options, calling) : this.writes.write(asMessages(text, options.history), options, calling)
      case 'classification': return this.classes(this.tokens.whole(text))
      case 'regression': return this.values(this.tokens.whole(text))
      case 'fill': return this.filled(text, options.topK)
      case 'spans': return this.spans(text)
      case 'embedding': return options.others === undefined ? this.embedding(text) : this.similarity(text, options.others)
      case 'answers': throw new EdgewebError('input', 'This model answers a question about a text.', 'Give { question, context }.')
    }
  }

  talk(messages: readonly Message[], options: TextOptions, calling: Calling): Promise<Answer> {
    if (this.pipeline.result !== 'text') throw new EdgewebError('input', 'This model does not write, so it takes no conversation.', 'Give it a text.')
    if (this.writes.reads.size === 0) return this.writes.write(messages, options, calling)
    const [only, ...more] = messages
    if (only?.role !== 'user' || more.length > 0) throw new EdgewebError('input', 'This model answers one text, and holds no conversation.', 'Give it a text, or one message of a user.')
    return this.answer(only.content, options, calling)
  }

  /** What the site's further model writes about the text that this one reads. */
  private async answer(text: string, options: TextOptions, calling: Calling): Promise<Answer> {
    const { around, first } = spoken(this.pipeline.languages, options)
    const { ids, truncated } = this.tokens.whole(`${this.pipeline.prompt ?? ''}${text}`, around)
    const also = first === undefined ? undefined : (scores: Float32Array, written: readonly number[]): void => { if (written.length === 1) only(scores, first) }
    const { held } = await this.runs.hold(inputsFor(this.inputs, ids), this.writes.reads)
    try {
      const { text: written, tokens, ids: all, finish } = await this.writes.about(held, ids.length, options, calling, undefined, also, ids)
      return { task: 'text', text: written, tokens, ids: [...all], finish, ...(truncated ? { truncated } : {}) }
    } finally {
      for (const each of held.values()) each.free()
    }
  }

  async asked(parts: Partial<Parts>, options: TextOptions, calling: Calling): Promise<Answer> {
    const { result } = this.pipeline
    if (result === 'answers') return this.two.answers(parts, options, calling)
    const { text, pair, labels } = parts
    if (typeof text !== 'string') throw new EdgewebError('input', 'There is no text.', 'Give { text } and what belongs to it.')
    if (labels !== undefined) return this.two.labels(text, labels, options)
    if (pair === undefined) return this.predict(text, options, calling)
    if (result === 'embedding') return this.similarity(text, typeof pair === 'string' ? [pair] : pair)
    if (result !== 'classification' && result !== 'regression') throw new EdgewebError('input', 'This model reads one text at a time.', 'Give one text.')
    return typeof pair === 'string' ? this.ofPair(text, pair) : this.ranking(text, pair)
  }

  private ofPair(text: string, pair: string): Promise<Answer> {
    const row = this.tokens.both(text, pair)
    return this.pipeline.result === 'regression' ? this.values(row) : this.classes(row)
  }

  /** Passages by the one score that the model gives of each. */
  private async ranking(text: string, passages: readonly string[]): Promise<Answer> {
    const matches: { id: string; score: number }[] = []
    for (const id of passages) {
      const [score, another] = listed((await this.read(this.tokens.both(text, id))).found, 'scores')
      if (score === undefined || another !== undefined) throw new EdgewebError('input', 'This model does not rank texts: it gives several scores of each.', 'Give one pair.')
      matches.push({ id, score })
    }
    return { task: 'similarity', matches: matches.sort((a, b) => b.score - a.score) }
  }

  /** The small graph's outputs for what the model gives of these ids. */
  private async read({ ids, types, truncated }: Ids, places: Named = new Map()): Promise<{ found: Named; truncated?: true }> {
    const raw = (await this.runs.infer(inputsFor(this.inputs, ids, 0, types))).get(this.pipeline.output)
    if (raw === undefined || this.pipeline.postprocess == null) throw new EdgewebError('site-invalid', `The model gave no output "${this.pipeline.output}".`, 'Build the site again.')
    const length = this.inputs.length ?? ids.length
    const mask = whole('int64', Array.from({ length }, (_, i) => Number(i < ids.length)))
    const found = await this.runs.small(this.pipeline.postprocess, new Map([['raw', raw], ['mask', mask], ...places]))
    return { found, ...(truncated ? { truncated } : {}) }
  }

  private async classes(row: Ids): Promise<Answer> {
    const { found, truncated } = await this.read(row)
    const scores = listed(found, 'scores')
    return { task: 'classification', labels: ranked(scores.map((score, i) => ({ label: this.label(i), score }))), ...(truncated ? { truncated } : {}) }
  }

  private async values(row: Ids): Promise<Answer> {
    const { found, truncated } = await this.read(row)
    const values = listed(found, 'scores')
    const named = this.labels.length === values.length
    return { task: 'regression', values, ...(named ? { names: [...this.labels] } : {}), ...(truncated ? { truncated } : {}) }
  }

  private label(index: number): string {
    return this.labels[index] ?? `class ${index}`
  }

  private vector(text: string): Promise<{ found: Named; truncated?: true }> {
    return this.read(this.tokens.whole((this.pipeline.prompt ?? '') + text))
  }

  private async embedding(text: string): Promise<Answer> {
    const { found, truncated } = await this.vector(text)
    return { task: 'embedding', vector: listed(found, 'vector'), ...(truncated ? { truncated } : {}) }
  }

  private async similarity(text: string, others: readonly string[]): Promise<Answer> {
    const own = listed((await this.vector(text)).found, 'vector')
    const matches: { id: string; score: number }[] = []
    for (const id of others) {
      const other = listed((await this.vector(id)).found, 'vector')
      // Both are of length 1.
      matches.push({ id, score: own.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0) })
    }
    return { task: 'similarity', matches: matches.sort((a, b) => b.score - a.score) }
  }

  /** With the model's own token where people write a line. */
  private blanked(text: string): string {
    const { blank } = this.pipeline
    return blank == null ? text : text.replace(BLANK, blank.text)
  }

  private async filled(text: string, most = WORDS): Promise<Answer> {
    const { blank } = this.pipeline
    const row = this.tokens.whole(this.blanked(text))
    const places = [...row.ids.keys()].filter((i) => row.ids[i] === blank?.ids[0])
    const [place] = places
    if (place === undefined || places.length > 1) throw new EdgewebError('input', places.length ? `The text has ${places.length} blanks.` : 'The text has no blank.', `Write ${blank?.text ?? '___'} or ___ for the one word that is missing.`)
    const { found, truncated } = await this.read(row, new Map([['places', { type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(place)) }]]))
    const ids = listed(found, 'classes')
    const labels = listed(found, 'scores').slice(0, Math.max(1, most)).map((score, i) => {
      const token = ids[i] ?? 0
      const sequence = this.tokens.text(row.ids.map((id, at) => (at === place ? token : id)))
      return { label: this.tokens.single(token), score, token, sequence }
    })
    return { task: 'classification', labels, ...(truncated ? { truncated } : {}) }
  }

  private async spans(text: string): Promise<Answer> {
    const { before = [], after = [], limit = 512, pieces, unknown } = this.tokens.described
    const { ids, places } = located(this.tokens, text)
    const inner = ids.slice(0, Math.max(0, limit - before.length - after.length))
    const { found, truncated } = await this.read({ ids: [...before, ...inner, ...after], truncated: inner.length < ids.length })
    const part = (name: string): number[] => listed(found, name).slice(before.length, before.length + inner.length)
    const goesOn = (i: number): boolean => {
      const [id, place] = [inner[i] ?? 0, places[i] ?? { start: 0, end: 0 }]
      if (id === unknown) return false
      return pieces ? [...this.tokens.token(id)].length !== [...text.slice(place.start, place.end)].length : joins(text, place, places[i - 1]?.end ?? 0)
    }
    const labels = part('classes').map((kind) => this.label(kind))
    return { task: 'spans', spans: spansOf(text, places.slice(0, inner.length), labels, part('scores'), goesOn), ...(truncated ? { truncated } : {}) }
  }
}

function listed(found: Named, name: string): number[] {
  const tensor = found.get(name) as TensorLike
  return Array.from(tensor.data as Float32Array, Number)
}

function ranked(labels: LabelScore[]): LabelScore[] {
  return labels.sort((a, b) => b.score - a.score)
}
