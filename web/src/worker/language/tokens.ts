/** Texts to token ids and back, with Hugging Face's own tokenizer, and ids to the inputs of a model. Mirrors builder/edgeweb/tasks/language/inputs.py. */
import { Tokenizer } from '@huggingface/tokenizers'
import type { TensorLike } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { TextInputs, Tokenizer as Described } from '../../shared/manifest.gen.js'
import { arrayFor, elementCount } from '../../shared/tensors.js'
import type { Named } from '../engine.js'

/** Some scripts cannot be told apart from a longer text; nobody waits for more. */
const MOST_CHARACTERS = 400_000

export class Tokens {
  private readonly tokenizer: Tokenizer

  /** @throws EdgewebError `parity`: it finds other ids than the builder's did. */
  constructor(bytes: Uint8Array, readonly described: Pick<Described, 'cases' | 'before' | 'after' | 'limit' | 'pieces'>) {
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
    return this.tokenizer.encode(text.slice(0, MOST_CHARACTERS), { add_special_tokens: false }).ids
  }

  /** The ids of a text between those around it, cut to what the model takes. */
  whole(text: string): { ids: number[]; truncated: boolean } {
    const { before = [], after = [], limit = 512 } = this.described
    const inner = this.ids(text)
    const most = Math.max(0, limit - before.length - after.length)
    return { ids: [...before, ...inner.slice(0, most), ...after], truncated: inner.length > most }
  }

  token(id: number): string {
    return this.tokenizer.id_to_token(id) ?? ''
  }

  /** As a person would write them. */
  text(ids: number[]): string {
    return ids.length ? this.tokenizer.decode(ids, { skip_special_tokens: true }) : ''
  }

  /** What a single token stands for in a text. */
  surface(id: number): string {
    const { pieces } = this.described
    const token = this.token(id)
    return pieces && token.startsWith(pieces) ? token.slice(pieces.length) : this.tokenizer.decode([id])
  }
}

/** With nothing kept of tokens before. @param from how many there were. */
export function inputsFor(inputs: TextInputs, ids: readonly number[], from = 0): Named {
  const length = inputs.length ?? ids.length
  const count = Math.min(ids.length, length)
  const filled = (at: (i: number) => number, size = length): TensorLike => whole(inputs.type, Array.from({ length: size }, (_, i) => at(i)))
  const feeds: Named = new Map([[inputs.ids, filled((i) => ids[i] ?? inputs.pad ?? 0)]])
  if (inputs.mask != null) feeds.set(inputs.mask, filled((i) => Number(i < from + count), from + length))
  if (inputs.types != null) feeds.set(inputs.types, filled(() => 0))
  if (inputs.positions != null) feeds.set(inputs.positions, filled((i) => from + i))
  for (const { input, type, dims } of inputs.state ?? []) {
    feeds.set(input, { type, dims, data: arrayFor(type, new Uint8Array(elementCount(dims) * (type === 'float16' ? 2 : type === 'float64' ? 8 : 4))) })
  }
  if (inputs.branch != null) feeds.set(inputs.branch, { type: 'bool', dims: [1], data: Uint8Array.of(0) })
  return feeds
}

/** Whole numbers as [1, n]. */
export function whole(type: TextInputs['type'], numbers: number[]): TensorLike {
  const data = type === 'int32' ? Int32Array.from(numbers) : BigInt64Array.from(numbers, BigInt)
  return { type, dims: [1, numbers.length], data }
}
