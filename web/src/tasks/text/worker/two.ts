/** What is asked about two texts: a passage that answers, a text and its pair, a text and labels that may fit. */
import type { Found, LabelScore, Parts, TensorLike, TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { TextInputs, TextPipeline } from '../../../shared/manifest.gen.js'
import { numberAt } from '../../../shared/tensors.js'
import type { Named } from '../../../worker/engine.js'
import { inputsFor, type Ids, type Tokens } from '../../../worker/language/tokens.js'
import type { Answer, Calling, Runs } from '../../../worker/reader.js'
import { candidates, merge, wanted, windowsOf } from './answers.js'
import { located } from './offsets.js'

/** Answers that are given where nobody says how many. */
const BEST = 3
const GIVE = 'Give { question, context }.'

/** @param several whether what belongs to the label may be true of others too. */
export function chosen(logits: readonly (readonly number[])[], entails: number, several: boolean): number[] {
  if (!several && logits.length > 1) return softmax(logits.map((row) => row[entails] ?? 0))
  return logits.map((row) => softmax([row.at(entails === 0 ? -1 : 0) ?? 0, row[entails] ?? 0])[1] ?? 0)
}

function softmax(values: readonly number[]): number[] {
  const top = Math.max(...values)
  const powers = values.map((value) => Math.exp(value - top))
  const sum = powers.reduce((all, power) => all + power, 0)
  return powers.map((power) => power / sum)
}

/** A label in its sentence. */
export function hypothesis(template: string, label: string): string {
  if (!template.includes('{}')) throw new EdgewebError('input', `"${template}" has no place for a label.`, 'Write {} where the label stands.')
  return template.replace('{}', () => label)
}

export class TwoTexts {
  constructor(private readonly tokens: Tokens, private readonly pipeline: TextPipeline, private readonly inputs: TextInputs, private readonly runs: Runs) {}

  async answers({ question = '', context = '' }: Partial<Parts>, options: TextOptions, calling: Calling): Promise<Answer> {
    if (question.trim() === '') throw new EdgewebError('input', 'There is no question.', GIVE)
    if (context.trim() === '') throw new EdgewebError('input', 'There is no text to find the answer in.', GIVE)
    const { tokens } = this
    const asked = tokens.ids(question)
    const read = located(tokens, context)
    const limit = Math.min(this.inputs.length ?? Infinity, tokens.described.limit ?? Infinity)
    const { asked: kept, windows } = windowsOf(asked.length, read.ids.length, tokens.around, limit)
    const { before = [], between = [], whole } = tokens.pair
    const from = before.length + kept + between.length
    const none = [...before.keys()].filter((i) => before[i] === whole)
    const top = options.topK === undefined ? BEST : Math.max(1, Math.floor(options.topK))
    const answers: Found[] = []
    for (const [i, window] of windows.entries()) {
      const { ids, types } = tokens.joined(asked.slice(0, kept), read.ids.slice(window.from, window.until))
      const outputs = await this.runs.infer(inputsFor(this.inputs, ids, 0, types))
      const [starts, ends] = [this.output(outputs, this.pipeline.output), this.output(outputs, this.pipeline.ends ?? '')]
      merge(answers, candidates(starts, ends, from, window.until - window.from, none, wanted(top)), context, read, window, from)
      if (windows.length > 1) calling.onPart(i + 1, windows.length)
      if (calling.stopped()) break
    }
    return { task: 'answers', answers: answers.sort((a, b) => b.score - a.score).slice(0, top) }
  }

  /** The labels that the visitor gives, by how well they follow from the text. */
  async labels(text: string, labels: readonly string[], { template, several }: TextOptions): Promise<Answer> {
    const { entails, template: usual } = this.pipeline
    if (entails == null) throw new EdgewebError('input', 'This model has classes of its own.', 'Give a text, or { text, pair }.')
    if (labels.length === 0) throw new EdgewebError('input', 'There are no labels.', 'Give { text, labels } with one label or more.')
    const logits: number[][] = []
    let truncated = false
    for (const label of labels) {
      const row = this.tokens.both(text, hypothesis(template ?? usual ?? '{}', label), 'first')
      truncated ||= row.truncated
      logits.push(this.output(await this.runs.infer(this.feeds(row)), this.pipeline.output))
    }
    const scores = chosen(logits, entails, several ?? false)
    const ranked: LabelScore[] = labels.map((label, i) => ({ label, score: scores[i] ?? 0 })).sort((a, b) => b.score - a.score)
    return { task: 'classification', labels: ranked, ...(truncated ? { truncated } : {}) }
  }

  feeds({ ids, types }: Ids): Named {
    return inputsFor(this.inputs, ids, 0, types)
  }

  private output(outputs: Named, name: string): number[] {
    const tensor: TensorLike | undefined = outputs.get(name)
    if (tensor === undefined) throw new EdgewebError('site-invalid', `The model gave no output "${name}".`, 'Build the site again.')
    const { data, type } = tensor
    return Array.from({ length: data.length }, (_, i) => numberAt(data, i, type))
  }
}
