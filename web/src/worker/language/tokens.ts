/** Texts to token ids and back, with Hugging Face's own tokenizer, and ids to the inputs of a model. Mirrors builder/edgeweb/tasks/language/inputs.py. */
import { Tokenizer } from '@huggingface/tokenizers'
import type { TensorLike } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { TextInputs, Tokenizer as Described } from '../../shared/manifest.gen.js'
import { arrayFor, elementCount } from '../../shared/tensors.js'
import type { Named } from '../engine.js'

/** Some scripts cannot be told apart from a longer text; nobody waits for more. */
const MOST_CHARACTERS = 400_000
const LEAST_CHARACTERS = 10_000

/** The ids of a text, or of two, with their types, as a model reads them. */
export interface Ids {
  ids: number[]
  types?: number[]
  truncated: boolean
}

/** Of two texts: which of them gives way where both are longer than the model reads. */
export type Cut = 'longest' | 'first' | 'second'

/** So many ids, of which the tokenizer had this piece of the text before it looked anything up. */
export interface Word {
  text: string
  count: number
}

export class Tokens {
  private readonly tokenizer: Tokenizer

  /** @throws EdgewebError `parity`: it finds other ids than the builder's did. */
  constructor(bytes: Uint8Array, readonly described: Omit<Described, 'script' | 'file'>) {
    const { tokenizer, config } = JSON.parse(new TextDecoder().decode(bytes)) as { tokenizer: { model: { vocab: unknown } }; config: object }
    const { model } = tokenizer
    // A vocabulary that counts from 0 is shipped as a list of its words; one with scores is a list of pairs.
    if (Array.isArray(model.vocab) && typeof model.vocab[0] === 'string') model.vocab = Object.fromEntries((model.vocab as string[]).map((word, id) => [word, id]))
    this.tokenizer = new Tokenizer(tokenizer, config)
    for (const { text, ids } of described.cases ?? []) {
      if (this.ids(text).join() !== ids.join()) throw new EdgewebError('parity', 'On this device texts are not taken apart as the model needs it.', 'Try another browser; wrong results are not shown.')
    }
  }

  /** The ids of a text alone. */
  ids(text: string): number[] {
    for (let most = Math.min(text.length, MOST_CHARACTERS); ; most >>= 1) {
      try {
        return this.tokenizer.encode(text.slice(0, most), { add_special_tokens: false }).ids
      } catch (error) {
        // Some vocabularies take a text apart on the stack, which a long one fills; no model reads so much at once.
        if (!(error instanceof RangeError) || most < LEAST_CHARACTERS) throw error
      }
    }
  }

  /** The ids of a text between those around it, cut to what the model takes. @param around changes those. */
  whole(text: string, around: (ids: readonly number[]) => readonly number[] = (ids) => ids): Ids {
    const { before = [], after = [], limit = 512 } = this.described
    const inner = this.ids(text)
    const most = Math.max(0, limit - before.length - after.length)
    return { ids: [...around(before), ...inner.slice(0, most), ...around(after)], truncated: inner.length > most }
  }

  /** The ids of two texts, as pairs.py in builder/edgeweb/tasks/language joins them. */
  both(first: string, second: string, cut: Cut = 'longest'): Ids {
    const { limit = 512 } = this.described
    const [one, two] = [this.ids(first), this.ids(second)]
    const room = Math.max(0, limit - this.around)
    const [left, right] = lengths(one.length, two.length, room, cut)
    return { ...this.joined(one.slice(0, left), two.slice(0, right)), truncated: left < one.length || right < two.length }
  }

  /** So many ids stand around and between two texts. */
  get around(): number {
    const { before = [], between = [], after = [] } = this.pair
    return before.length + between.length + after.length
  }

  joined(first: readonly number[], second: readonly number[]): { ids: number[]; types: number[] } {
    const { before = [], between = [], after = [], types = [] } = this.pair
    const parts = [before, first, between, second, after]
    return { ids: parts.flat(), types: parts.flatMap((part, i) => part.map(() => types[i] ?? 0)) }
  }

  get pair(): NonNullable<Described['pair']> {
    const { pair } = this.described
    if (pair == null) throw new EdgewebError('input', 'This model reads one text at a time.', 'Give one text.')
    return pair
  }

  /** The ids of a text alone, with the words that they are of. */
  words(text: string): { ids: number[]; words: Word[] } {
    const { tokenizer } = this
    const { model } = tokenizer
    const seen: { text: string; tokens: string[] }[] = []
    const look = model as unknown as (words: string[]) => string[]
    const spy = (words: string[]): string[] => words.flatMap((word) => {
      const tokens = look([word])
      seen.push(...parted(word, tokens))
      return tokens
    })
    let tokens: string[]
    try {
      tokenizer.model = spy as unknown as typeof model
      tokens = tokenizer.tokenize(text.slice(0, MOST_CHARACTERS))
    } finally {
      tokenizer.model = model
    }
    const words: Word[] = []
    let next = 0
    for (let at = 0; at < tokens.length;) {
      const word = seen[next]
      // What the vocabulary has as a whole, such as [MASK], comes past the model.
      const own = word !== undefined && word.tokens[0] === tokens[at]
      words.push(own ? { text: word.text, count: word.tokens.length } : { text: tokens[at] ?? '', count: 1 })
      if (own) next++
      at += words.at(-1)?.count || 1
      while (seen[next]?.tokens.length === 0) next++
    }
    return { ids: this.ids(text), words }
  }

  token(id: number): string {
    return this.tokenizer.id_to_token(id) ?? ''
  }

  /** As a person would write them. */
  text(ids: number[]): string {
    return ids.length ? this.tokenizer.decode(ids, { skip_special_tokens: true }) : ''
  }

  /** With the tokens that are no words. */
  raw(ids: number[]): string {
    return ids.length ? this.tokenizer.decode(ids, { skip_special_tokens: false }) : ''
  }

  /** A token by itself, as the tokenizer writes it. */
  single(id: number): string {
    return this.raw([id])
  }

  /** What a single token stands for in a text. */
  surface(id: number): string {
    const { pieces } = this.described
    const token = this.token(id)
    return pieces && token.startsWith(pieces) ? token.slice(pieces.length) : this.tokenizer.decode([id])
  }
}

/** SentencePiece's mark for the space before a word. */
const MARK = '\u2581'

/** Its words one by one: the browser's tokenizer hands them on together. */
function parted(text: string, tokens: string[]): { text: string; tokens: string[] }[] {
  const words = text.split(new RegExp(`(?=${MARK})`))
  const groups: string[][] = []
  for (const token of tokens) {
    if (groups.length === 0 || token.startsWith(MARK)) groups.push([])
    groups.at(-1)?.push(token)
  }
  return words.length > 1 && groups.length === words.length ? words.map((word, i) => ({ text: word, tokens: groups[i] ?? [] })) : [{ text, tokens }]
}

/** So many ids of each of two texts are kept. */
export function lengths(first: number, second: number, room: number, cut: Cut): [number, number] {
  if (cut === 'longest') {
    const short = Math.min(first, second)
    const long = Math.min(Math.max(first, second), Math.max(short, room - short))
    const [less, more] = short + long > room ? [room >> 1, (room >> 1) + (room % 2)] : [short, long]
    return first <= second ? [less, more] : [more, less]
  }
  const kept = Math.min(cut === 'first' ? second : first, room)
  const left = Math.min(cut === 'first' ? first : second, room - kept)
  return cut === 'first' ? [left, kept] : [kept, left]
}

/** With nothing kept of tokens before. @param from how many there were. @param types of the ids of two texts. */
export function inputsFor(inputs: TextInputs, ids: readonly number[], from = 0, types: readonly number[] = []): Named {
  const feeds = idsFor(inputs, ids, from, types)
  for (const { input, type, dims } of inputs.state ?? []) {
    feeds.set(input, { type, dims, data: arrayFor(type, new Uint8Array(elementCount(dims) * (type === 'float16' ? 2 : type === 'float64' ? 8 : 4))) })
  }
  if (inputs.branch != null) feeds.set(inputs.branch, { type: 'bool', dims: [1], data: Uint8Array.of(0) })
  return feeds
}

/** Only those that are of the ids. */
export function idsFor(inputs: TextInputs, ids: readonly number[], from: number, types: readonly number[] = []): Named {
  const length = inputs.length ?? ids.length
  const count = Math.min(ids.length, length)
  const filled = (at: (i: number) => number): TensorLike => whole(inputs.type, Array.from({ length }, (_, i) => at(i)))
  const feeds: Named = new Map([[inputs.ids, filled((i) => ids[i] ?? inputs.pad ?? 0)]])
  if (inputs.mask != null) feeds.set(inputs.mask, ones(inputs.type, from + count, from + length))
  if (inputs.types != null) feeds.set(inputs.types, filled((i) => types[i] ?? 0))
  if (inputs.positions != null) feeds.set(inputs.positions, filled((i) => from + i))
  return feeds
}

/** As [1, size], so many ones and then zeros. */
function ones(type: TextInputs['type'], count: number, size: number): TensorLike {
  const data = type === 'int32' ? new Int32Array(size).fill(1, 0, count) : new BigInt64Array(size).fill(1n, 0, count)
  return { type, dims: [1, size], data }
}

/** Whole numbers as [1, n]. */
export function whole(type: TextInputs['type'], numbers: number[]): TensorLike {
  const data = type === 'int32' ? Int32Array.from(numbers) : BigInt64Array.from(numbers, BigInt)
  return { type, dims: [1, numbers.length], data }
}
