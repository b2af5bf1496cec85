/** Writes on from a text, token by token; what the model keeps between them never leaves the worker. */
import type { TensorLike, TextOptions } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { TextInputs, Writer as Described } from '../../shared/manifest.gen.js'
import { numberAt } from '../../shared/tensors.js'
import type { Named } from '../engine.js'
import type { Answer, Calling, Runs } from '../reader.js'
import { dice, next, type Choice } from './sampling.js'
import { inputsFor, type Tokens } from './tokens.js'

/** Tokens before the answer that show how its first ones are written. */
const CONTEXT = 8

export class Writer {
  /** The tokens that `state` is of: a conversation goes on where it was. */
  private read: number[] = []
  private state: Named | undefined
  private turn: Promise<unknown> = Promise.resolve()

  private readonly inputs: TextInputs

  /** @param before the ids that stand before every text. */
  constructor(private readonly described: Described, private readonly tokens: Tokens, private readonly runs: Runs, private readonly before: readonly number[]) {
    this.inputs = described.inputs
  }

  /** One after the other: the one before ends at its next token when it was stopped. */
  write(text: string, options: TextOptions, calling: Calling): Promise<Answer> {
    const done = this.turn.then(() => this.written(text, options, calling))
    this.turn = done.catch(() => undefined)
    return done
  }

  /** The ids that the model reads before it writes. */
  prompt(text: string, history: NonNullable<TextOptions['history']> = []): number[] {
    const { chat } = this.described
    if (chat == null) return [...this.before, ...this.tokens.ids(text)]
    let whole = chat.first
    for (const { role, content } of history) whole += role === 'user' ? content + chat.after : chat.opens + content + chat.next
    return this.tokens.ids(whole + text + chat.after + chat.prompt)
  }

  private async written(text: string, options: TextOptions, calling: Calling): Promise<Answer> {
    const { limit = 512, stops = [], sampling } = this.described
    const wanted = wishes(options, sampling)
    const asked = this.prompt(text, options.history)
    // The end of what was said counts most.
    const prompt = asked.slice(-Math.max(1, limit - Math.min(wanted.maxTokens, limit >> 1)))
    if (prompt.length === 0) throw new EdgewebError('input', 'There is no text to go on from.', 'Write a word.')
    const random = dice(options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0)
    const answer: number[] = []
    const begin = performance.now()
    let scores = await this.scores(prompt)
    let finish: 'stop' | 'length' = 'length'
    const most = Math.min(wanted.maxTokens, limit - prompt.length)
    while (answer.length < most && !calling.stopped()) {
      const id = next(scores, wanted, random)
      if (stops.includes(id)) {
        finish = 'stop'
        break
      }
      answer.push(id)
      calling.onText({ text: this.spelled(prompt, answer), tokens: answer.length, milliseconds: performance.now() - begin })
      if (answer.length < most && !calling.stopped()) scores = await this.scores([...prompt, ...answer])
    }
    return { task: 'text', text: this.spelled(prompt, answer, true), tokens: answer.length, finish }
  }

  /** The scores of the token after `ids`; of those that it has just read the model has kept what it needs. */
  private async scores(ids: number[]): Promise<ArrayLike<number>> {
    const { inputs } = this
    const keeps = (inputs.state ?? []).length > 0
    const known = keeps && this.state !== undefined && this.read.length < ids.length && this.read.every((id, i) => id === ids[i]) ? this.read.length : 0
    const outputs = await this.runs.infer(inputsFor(inputs, ids.slice(known), known, known > 0 ? this.state : undefined))
    if (keeps) {
      this.state = new Map((inputs.state ?? []).map(({ input, output }) => [input, taken(outputs, output)]))
      this.read = ids
    }
    const { data, dims, type } = taken(outputs, this.described.output)
    const words = dims.at(-1) ?? 0
    const from = data.length - words
    return data instanceof Float32Array ? data.subarray(from) : Float32Array.from({ length: words }, (_, i) => numberAt(data, from + i, type))
  }

  /** What was written after the prompt. A character that is not whole yet waits for its other tokens. */
  private spelled(prompt: readonly number[], answer: readonly number[], ended = false): string {
    const context = prompt.slice(-CONTEXT)
    const before = this.tokens.text(context)
    const all = this.tokens.text([...context, ...answer])
    const text = all.startsWith(before) ? all.slice(before.length) : this.tokens.text([...answer])
    return ended ? text : text.replace(/\ufffd+$/, '')
  }
}

function wishes({ temperature, topK, topP, maxTokens }: TextOptions, usual: Described['sampling']): Choice & { maxTokens: number } {
  const number = (name: string, value: number | undefined, instead: number, low: number, high: number): number => {
    if (value === undefined) return instead
    if (typeof value === 'number' && value >= low && value <= high) return value
    throw new EdgewebError('input', `${name} is ${String(value)}.`, `Give a number from ${low} to ${high}.`)
  }
  return {
    temperature: number('temperature', temperature, usual?.temperature ?? 0, 0, 100),
    topK: Math.floor(number('topK', topK, usual?.topK ?? 0, 0, 1e6)),
    topP: number('topP', topP, usual?.topP ?? 1, 0, 1),
    maxTokens: Math.floor(number('maxTokens', maxTokens, usual?.maxTokens ?? 128, 1, 1e6)),
  }
}

function taken(outputs: Named, name: string): TensorLike {
  const tensor = outputs.get(name)
  if (tensor === undefined) throw new EdgewebError('site-invalid', `The model gave no output "${name}".`, 'Build the site again.')
  return tensor
}
