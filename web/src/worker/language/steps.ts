/** Where the scores of the next token come from: what was read is kept in the runtime, and several beginnings share it. */
import type { TensorLike } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { TextInputs, Writer as Described } from '../../shared/manifest.gen.js'
import { numberAt } from '../../shared/tensors.js'
import type { Fed, Held } from '../engine.js'
import type { Runs } from '../runs.js'
import { idsFor, inputsFor } from './tokens.js'

/** Tokens that are read in one run: what they look at each other with takes memory by the square of their number. */
const PIECE = 512

/** A beginning that was read. It does not change, and keeps what is in the runtime until it is freed. */
export interface Row {
  readonly ids: readonly number[]
  free(): void
}

export interface Step {
  row: Row
  /** Of the token after it; whoever asked may change them. */
  scores: Float32Array
}

export interface Steps {
  /** Read what is there before anything is written. */
  begin(prompt: readonly number[]): Promise<Step>
  /** The row with one token more; the row itself stays as it was. */
  next(row: Row, id: number): Promise<Step>
  /** The row is not needed any more, but what comes next may begin like it. */
  keep?(row: Row): void
}

/** What a run keeps in the runtime, by the inputs that it is fed to next: freed when the last one who shares it lets go. */
export class Shared {
  private users = 1

  constructor(readonly held: ReadonlyMap<string, Held>) {}

  share(): this {
    this.users++
    return this
  }

  free(): void {
    if (--this.users === 0) for (const each of this.held.values()) each.free()
  }
}

class Read implements Row {
  constructor(readonly ids: readonly number[], readonly state: Shared | undefined) {}

  free(): void {
    this.state?.free()
  }
}

/** A model that goes on with what it reads. One that keeps nothing reads all of it again for each token. */
export class Decoder implements Steps {
  private readonly inputs: TextInputs
  private readonly outputs: ReadonlySet<string>
  private last: Read | undefined

  constructor(private readonly described: Pick<Described, 'inputs' | 'output' | 'model'>, private readonly runs: Runs) {
    this.inputs = described.inputs
    this.outputs = new Set((this.inputs.state ?? []).map(({ output }) => output))
  }

  async begin(prompt: readonly number[]): Promise<Step> {
    const { inputs, outputs } = this
    const most = outputs.size > 0 && inputs.length == null && inputs.branch == null ? PIECE : Infinity
    let before = this.before(prompt)
    for (;;) {
      const known = before
      const end = Math.min(prompt.length, (known?.ids.length ?? 0) + most)
      const step = await this.read(prompt.slice(0, end), known).finally(() => known?.free())
      if (end === prompt.length) return step
      before = step.row as Read
    }
  }

  next(row: Row, id: number): Promise<Step> {
    return this.read([...row.ids, id], row as Read)
  }

  keep(row: Row): void {
    this.last?.free()
    this.last = row as Read
  }

  /** A conversation goes on from where it was. */
  private before(prompt: readonly number[]): Read | undefined {
    const { last } = this
    this.last = undefined
    if (last !== undefined && last.ids.length < prompt.length && last.ids.every((id, i) => id === prompt[i])) return last
    last?.free()
    return undefined
  }

  private async read(ids: readonly number[], before: Read | undefined): Promise<Step> {
    const { inputs, described, outputs } = this
    const known = outputs.size > 0 && before?.state !== undefined ? before.ids.length : 0
    const feeds = fed(inputs, ids.slice(known), known, known > 0 ? before?.state : undefined)
    const kept = await this.runs.hold(feeds, outputs, described.model ?? undefined)
    const state = outputs.size === 0 ? undefined : new Shared(new Map((inputs.state ?? []).map(({ input, output }) => [input, taken(kept.held, output)])))
    return { row: new Read(ids, state), scores: lastRow(taken(kept.outputs, described.output)) }
  }
}

/** The inputs for `ids` after `from` others, of which `state` was kept. */
export function fed(inputs: TextInputs, ids: readonly number[], from: number, state: Shared | undefined): Fed {
  if (state === undefined) return inputsFor(inputs, ids, from)
  const feeds = new Map<string, TensorLike | Held>(idsFor(inputs, ids, from))
  for (const [input, held] of state.held) feeds.set(input, held)
  if (inputs.branch != null) feeds.set(inputs.branch, { type: 'bool', dims: [1], data: Uint8Array.of(1) })
  return feeds
}

export function taken<T>(outputs: ReadonlyMap<string, T>, name: string): T {
  const tensor = outputs.get(name)
  if (tensor === undefined) throw new EdgewebError('site-invalid', `The model gave no output "${name}".`, 'Build the site again.')
  return tensor
}

/** The scores after the last of the tokens that were read. */
export function lastRow({ data, dims, type }: TensorLike): Float32Array {
  const words = dims.at(-1) ?? 0
  const from = data.length - words
  return data instanceof Float32Array ? data.subarray(from) : Float32Array.from({ length: words }, (_, i) => numberAt(data, from + i, type))
}

