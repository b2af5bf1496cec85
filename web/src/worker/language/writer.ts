/** Writes on from a text or a conversation, token by token; what the model keeps between them never leaves the runtime. */
import type { Message, TensorLike, TextOptions } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { Writer as Described } from '../../shared/manifest.gen.js'
import type { Held } from '../engine.js'
import type { Answer, Calling, Runs } from '../runs.js'
import { between } from './between.js'
import { Crossed } from './crossing.js'
import { generate } from './generate.js'
import type { Written } from './job.js'
import { marked, placed, places, Shown, shownIn } from './seeing.js'
import type { Rules } from './rules.js'
import { promptOf, type Prompt } from './prompts.js'
import { Decoder, type Steps } from './steps.js'
import { Telling } from './telling.js'
import type { Tokens } from './tokens.js'
import { wishesOf } from './wishes.js'

export class Writer {
  private readonly steps: Steps
  private turn: Promise<unknown> = Promise.resolve()

  /** @param before the ids that stand before every text. */
  constructor(private readonly described: Described, private readonly tokens: Tokens, private readonly runs: Runs, private readonly before: readonly number[]) {
    this.steps = new Decoder(described, runs)
  }

  /** One after the other: the one before ends at its next token when it was stopped. */
  write(messages: readonly Message[], options: TextOptions, calling: Calling): Promise<Answer> {
    const done = this.turn.then(() => this.written(messages, options, calling))
    this.turn = done.catch(() => undefined)
    return done
  }

  /** Of the model that reads: what this one is fed. */
  get reads(): ReadonlySet<string> {
    return new Set((this.described.crossing ?? []).flatMap(({ output }) => (output == null ? [] : [output])))
  }

  /**
   * What is written about what another model has read.
   *
   * @param read by the names of its outputs; whoever gave it frees it. @param tokens how many it is of. @param start in place of the usual beginning; it stands
   * among the ids that come back, as transformers has them. @param source the ids that were read, where it was a text.
   */
  async about(
    read: ReadonlyMap<string, TensorLike | Held>, tokens: number, options: TextOptions, calling: Calling, start: readonly number[] = this.described.start ?? [], also?: Rules['also'],
    source: readonly number[] = [],
  ): Promise<Written & { text: string; tokens: number }> {
    const { most, rules, stop, ...wanted } = wishesOf(options, this.described)
    const telling = new Telling(this.tokens, [], stop, calling.onText)
    const { ids, finish } = await generate(new Crossed(this.described, this.runs, read, tokens), {
      ...wanted, prompt: start, base: 0, rules: { ...rules, source, length: Math.min(this.limit, start.length + most(start.length)), ...(also && { also }) },
      wrote: (each) => telling.wrote(each), ended: (each) => telling.ended(each), stopped: () => calling.stopped(),
    })
    return { ids: [...start, ...ids], finish, text: telling.done(ids), tokens: rules.stops.includes(ids.at(-1) ?? -1) ? ids.length - 1 : ids.length }
  }

  /** Where what it writes begins: `start`, or what is asked. */
  begins(question: string | undefined): readonly number[] {
    const { asked, start = [] } = this.described
    if (asked == null && question === undefined) return start
    if (asked == null) throw new EdgewebError('input', 'This model writes about a picture by itself, and takes no question.', 'Give the picture alone.')
    if (question === undefined || question.trim() === '') throw new EdgewebError('input', 'This model answers a question, and there is none.', 'Give { image, question }.')
    const ids = this.tokens.ids(asked.question.before + question + asked.question.after)
    if (ids.length >= this.limit) throw new EdgewebError('input', 'The question is longer than what this model can read.', 'Ask it in fewer words.')
    return ids
  }

  /** What of the ids that `about` gave is the answer; empty where it has no end, undefined where nothing was asked. */
  answer(ids: readonly number[]): string | undefined {
    const { asked, pad = 0, stops = [] } = this.described
    return asked == null ? undefined : between(this.tokens.raw(ids.filter((id) => id !== pad && !stops.includes(id))), asked.answer)
  }

  /** Whether it is shown something. */
  get sees(): string | undefined {
    return this.described.seeing?.seen
  }

  /** What is written about what is seen. @param which of the messages comes with it. */
  see(seen: TensorLike, messages: readonly Message[], which: number, options: TextOptions, calling: Calling): Promise<Answer> {
    const { seeing, chat } = this.described
    if (seeing == null || chat == null) throw new EdgewebError('site-invalid', 'The site does not say how its model sees.', 'Build the site again.')
    const [count, around] = [places(seen), seeing.before?.length ?? 0]
    const shown = marked(messages, which, chat)
    const tokens = { ids: (text: string): number[] => this.tokens.ids(shownIn(text, chat)) }
    const done = this.turn.then(() => this.goneOn(new Shown(this.described, seeing, this.runs, seen), (room) => {
      const { ids, truncated } = promptOf(shown, this.described, tokens, this.before, room - count - around + 1)
      return { ids: placed(ids, count, seeing), truncated }
    }, options, calling))
    this.turn = done.catch(() => undefined)
    return done
  }

  /** The ids that the model reads before it writes. */
  prompt(messages: readonly Message[], room = this.limit): Prompt {
    return promptOf(messages, this.described, this.tokens, this.before, room)
  }

  private get limit(): number {
    return this.described.limit ?? 512
  }

  private written(messages: readonly Message[], options: TextOptions, calling: Calling): Promise<Answer> {
    return this.goneOn(this.steps, (room) => this.prompt(messages, room), options, calling)
  }

  private async goneOn(steps: Steps, promptIn: (room: number) => Prompt, options: TextOptions, calling: Calling): Promise<Answer> {
    const { limit } = this
    const { most, rules, stop, ...wanted } = wishesOf(options, this.described)
    const room = Math.max(1, limit - Math.min(most(0), limit >> 1))
    const { ids: prompt, truncated } = promptIn(room)
    if (prompt.length === 0) throw new EdgewebError('input', 'There is no text to go on from.', 'Write a word.')
    const telling = new Telling(this.tokens, prompt, stop, calling.onText)
    const length = Math.min(limit, prompt.length + most(prompt.length))
    const { ids, finish } = await generate(steps, {
      ...wanted, prompt, base: prompt.length, rules: { ...rules, source: prompt, length },
      wrote: (each) => telling.wrote(each), ended: (each) => telling.ended(each), stopped: () => calling.stopped(),
    })
    const tokens = rules.stops.includes(ids.at(-1) ?? -1) ? ids.length - 1 : ids.length
    return { task: 'text', text: telling.done(ids), tokens, ids: [...ids], finish, ...(truncated && { truncated }) }
  }
}

/** A text, after what was said before it. */
export function asMessages(text: string, history: readonly Message[] = []): readonly Message[] {
  return [...history, { role: 'user', content: text }]
}
