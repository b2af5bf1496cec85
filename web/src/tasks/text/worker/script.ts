/** The script for sites whose model reads token ids: from a text to the result form of the task. */
import type { LabelScore, Message, TensorLike, TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { TextInputs, TextPipeline } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import { asMessages, Writer } from '../../../worker/language/writer.js'
import { Matching } from '../../../worker/language/matching.js'
import type { OpenLanguage } from '../../../worker/language/language.js'
import type { Answer, Calling, Runs } from '../../../worker/reader.js'
import type { TextReader } from './reader.js'
import { placesOf, spansOf } from './spans.js'
import { inputsFor, Tokens, whole } from '../../../worker/language/tokens.js'

/** What people write for a blank. */
const BLANK = /_{3,}/g

export const open: OpenLanguage = (data, manifest, runs) => {
  const { language, writer, matching, text } = manifest
  if (language == null) throw new EdgewebError('site-invalid', 'The site does not say how its model reads.', 'Build the site again.')
  const tokens = new Tokens(data, language)
  const writes = writer == null ? undefined : new Writer(writer, tokens, runs, language.before ?? [])
  const texts = text?.inputs == null ? undefined : new TokenReader(tokens, writes, text, text.inputs, manifest.labels ?? [], runs)
  return { tokens, writer: writes, matching: matching == null ? undefined : new Matching(matching, tokens, runs), texts }
}

class TokenReader implements TextReader {
  constructor(
    private readonly tokens: Tokens, private readonly writer: Writer | undefined, private readonly pipeline: TextPipeline,
    private readonly inputs: TextInputs, private readonly labels: readonly string[], private readonly runs: Runs,
  ) {}

  feeds(text: string): Named {
    return inputsFor(this.inputs, this.pipeline.result === 'text' && this.writes.reads.size === 0 ? this.writes.prompt(asMessages(text)).ids : this.tokens.whole(this.blanked(text)).ids)
  }

  private get writes(): Writer {
    if (this.writer === undefined) throw new EdgewebError('site-invalid', 'The site does not say how its model writes.', 'Build the site again.')
    return this.writer
  }

  async predict(text: string, options: TextOptions, calling: Calling): Promise<Answer> {
    switch (this.pipeline.result) {
      case 'text': return this.writes.reads.size > 0 ? this.answer(text, options, calling) : this.writes.write(asMessages(text, options.history), options, calling)
      case 'classification': return this.classes(text)
      case 'regression': return this.values(text)
      case 'fill': return this.filled(text)
      case 'spans': return this.spans(text)
      case 'embedding': return options.others === undefined ? this.embedding(text) : this.similarity(text, options.others)
    }
  }

  talk(messages: readonly Message[], options: TextOptions, calling: Calling): Promise<Answer> {
    if (this.pipeline.result !== 'text') throw new EdgewebError('input', 'This model does not write, so it takes no conversation.', 'Give it a text.')
    return this.writes.write(messages, options, calling)
  }

  /** What the site's further model writes about the text that this one reads. */
  private async answer(text: string, options: TextOptions, calling: Calling): Promise<Answer> {
    const { ids, truncated } = this.tokens.whole(text)
    const { held } = await this.runs.hold(inputsFor(this.inputs, ids), this.writes.reads)
    try {
      const { text: written, tokens, ids: all, finish } = await this.writes.about(held, ids.length, options, calling)
      return { task: 'text', text: written, tokens, ids: [...all], finish, ...(truncated ? { truncated } : {}) }
    } finally {
      for (const each of held.values()) each.free()
    }
  }

  /** The small graph's outputs, and the ids that it read. */
  private async read(text: string, places: (ids: number[]) => Named = () => new Map()): Promise<{ found: Named; ids: number[]; truncated?: true }> {
    const { ids, truncated } = this.tokens.whole(text)
    const more = places(ids)
    const feeds = inputsFor(this.inputs, ids)
    const raw = (await this.runs.infer(feeds)).get(this.pipeline.output)
    if (raw === undefined || this.pipeline.postprocess == null) throw new EdgewebError('site-invalid', `The model gave no output "${this.pipeline.output}".`, 'Build the site again.')
    const length = this.inputs.length ?? ids.length
    const mask = whole('int64', Array.from({ length }, (_, i) => Number(i < ids.length)))
    const found = await this.runs.small(this.pipeline.postprocess, new Map([['raw', raw], ['mask', mask], ...more]))
    return { found, ids, ...(truncated ? { truncated } : {}) }
  }

  private async classes(text: string): Promise<Answer> {
    const { found, truncated } = await this.read(text)
    const scores = listed(found, 'scores')
    return { task: 'classification', labels: ranked(scores.map((score, i) => ({ label: this.label(i), score }))), ...(truncated ? { truncated } : {}) }
  }

  private async values(text: string): Promise<Answer> {
    const { found, truncated } = await this.read(text)
    const values = listed(found, 'scores')
    const named = this.labels.length === values.length
    return { task: 'regression', values, ...(named ? { names: [...this.labels] } : {}), ...(truncated ? { truncated } : {}) }
  }

  private label(index: number): string {
    return this.labels[index] ?? `class ${index}`
  }

  private async embedding(text: string): Promise<Answer> {
    const { found, truncated } = await this.read(text)
    return { task: 'embedding', vector: listed(found, 'vector'), ...(truncated ? { truncated } : {}) }
  }

  private async similarity(text: string, others: readonly string[]): Promise<Answer> {
    const own = listed((await this.read(text)).found, 'vector')
    const matches: { id: string; score: number }[] = []
    for (const id of others) {
      const other = listed((await this.read(id)).found, 'vector')
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

  private async filled(text: string): Promise<Answer> {
    const { blank } = this.pipeline
    const wanted = blank?.ids[0] ?? -1
    const { found } = await this.read(this.blanked(text), (ids) => {
      const places = [...ids.keys()].filter((i) => ids[i] === wanted)
      if (places.length !== 1) throw new EdgewebError('input', places.length ? `The text has ${places.length} blanks.` : 'The text has no blank.', `Write ${blank?.text ?? '___'} or ___ for the one word that is missing.`)
      return new Map([['places', { type: 'int64', dims: [1], data: BigInt64Array.from(places, BigInt) }]])
    })
    const ids = listed(found, 'classes')
    const labels = listed(found, 'scores').map((score, i) => ({ label: this.tokens.surface(ids[i] ?? 0).trim(), score, special: this.tokens.text([ids[i] ?? 0]) === '' }))
    return { task: 'classification', labels: labels.filter(({ special }) => !special).map(({ label, score }) => ({ label, score })) }
  }

  private async spans(text: string): Promise<Answer> {
    const { found, ids, truncated } = await this.read(text)
    const { before = [], after = [], pieces } = this.tokens.described
    const from = before.length
    const inner = ids.slice(from, ids.length - after.length)
    const kinds = listed(found, 'classes').slice(from, from + inner.length)
    const scores = listed(found, 'scores').slice(from, from + inner.length)
    const places = placesOf(text, inner.map((id) => this.tokens.surface(id)))
    const goesOn = (i: number): boolean | undefined => (pieces ? this.tokens.token(inner[i] ?? 0).startsWith(pieces) : undefined)
    return { task: 'spans', spans: spansOf(text, places, kinds.map((kind) => this.label(kind)), scores, goesOn), ...(truncated ? { truncated } : {}) }
  }
}

function listed(found: Named, name: string): number[] {
  const tensor = found.get(name) as TensorLike
  return Array.from(tensor.data as Float32Array, Number)
}

function ranked(labels: LabelScore[]): LabelScore[] {
  return labels.sort((a, b) => b.score - a.score)
}
