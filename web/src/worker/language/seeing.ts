/** A model that reads vectors in place of token ids: those of words come from a further model, and what was seen stands among them. */
import type { Message, TensorLike } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { Chat, Seeing as Described, Writer } from '../../shared/manifest.gen.js'
import type { Runs } from '../runs.js'
import { fed, lastRow, Shared, taken, type Row, type Step, type Steps } from './steps.js'
import { whole } from './tokens.js'

class Read implements Row {
  constructor(readonly ids: readonly number[], readonly state: Shared) {}

  free(): void {
    this.state.free()
  }
}

export class Shown implements Steps {
  private readonly outputs: ReadonlySet<string>

  /** @param seen the vectors that stand at the places of the token for it, one after the other. */
  constructor(private readonly writer: Writer, private readonly described: Described, private readonly runs: Runs, private readonly seen: TensorLike) {
    this.outputs = new Set((writer.inputs.state ?? []).map(({ output }) => output))
  }

  begin(prompt: readonly number[]): Promise<Step> {
    return this.read(prompt, undefined)
  }

  next(row: Row, id: number): Promise<Step> {
    return this.read([...row.ids, id], row as Read)
  }

  private async read(ids: readonly number[], before: Read | undefined): Promise<Step> {
    const { writer: { inputs, output, model }, outputs } = this
    const known = before?.ids.length ?? 0
    const feeds = new Map(fed(inputs, ids.slice(known), known, before?.state))
    feeds.set(inputs.ids, await this.vectors(ids.slice(known), before === undefined))
    const kept = await this.runs.hold(feeds, outputs, model ?? undefined)
    const state = new Shared(new Map((inputs.state ?? []).map(({ input, output: from }) => [input, taken(kept.held, from)])))
    return { row: new Read(ids, state), scores: lastRow(taken(kept.outputs, output)) }
  }

  /** @param first what was seen is among these; a token for it that is written later is a word like others. */
  private async vectors(ids: readonly number[], first: boolean): Promise<TensorLike> {
    const { described: { ids: input, model, output, token }, seen } = this
    const words = taken(await this.runs.infer(new Map([[input, whole('int64', [...ids])]]), model), output)
    if (!first) return words
    const width = words.dims.at(-1) ?? 1
    const [into, from] = [words.data, seen.data]
    if (!(into instanceof Float32Array || into instanceof Uint16Array) || into.constructor !== from.constructor) throw new EdgewebError('site-invalid', 'What is seen is of another type than words.', 'Build the site again.')
    let at = 0
    ids.forEach((id, i) => {
      if (id === token) into.set((from as typeof into).subarray(at++ * width, at * width), i * width)
    })
    return words
  }
}

/** How many of such vectors there are. */
export function places({ data, dims }: TensorLike): number {
  return data.length / (dims.at(-1) ?? 1)
}

/** The ids of a prompt with the token for what is seen as often as it has places. */
export function placed(ids: readonly number[], count: number, { token, before = [] }: Described): number[] {
  const found = ids.filter((id) => id === token).length
  if (found === 0) throw new EdgewebError('input', 'There is no place left for the picture in what the model reads.', 'Ask a shorter question, or begin a new conversation.')
  if (found > 1) throw new EdgewebError('input', 'The text has the mark of a picture in it.', 'Leave it out.')
  return [...before, ...ids.flatMap((id) => (id === token ? new Array<number>(count).fill(token) : [id]))]
}

/** No text has it. */
const HERE = '\u{F8FFE}'

/** Messages as texts, of which the one that comes with the picture is told apart. @param which its place among them. */
export function marked(messages: readonly Message[], which: number, { trims = [] }: Pick<Chat, 'trims'>): readonly Message[] {
  return messages.map((each, i) => (i === which ? { ...each, content: HERE + (trims.includes('user') ? each.content.trim() : each.content) } : each))
}

/** The text of a conversation with the mark of the picture in it. */
export function shownIn(text: string, { picture }: Pick<Chat, 'picture'>): string {
  return picture == null ? text : text.replace(picture.before + HERE, () => picture.text + picture.before)
}
