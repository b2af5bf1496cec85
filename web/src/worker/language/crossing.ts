/** A model that writes about what another has read: it is fed that at every step, and keeps what it makes of it from the first one on. */
import type { TensorLike } from '../../shared/api.js'
import type { Writer as Described } from '../../shared/manifest.gen.js'
import type { Held } from '../engine.js'
import type { Runs } from '../runs.js'
import { fed, lastRow, Shared, taken, type Row, type Step, type Steps } from './steps.js'
import { whole } from './tokens.js'

class Read implements Row {
  constructor(readonly ids: readonly number[], readonly state: Shared | undefined, readonly once: Shared | undefined) {}

  free(): void {
    this.state?.free()
    this.once?.free()
  }
}

export class Crossed implements Steps {
  private readonly states
  /** Which outputs stay in the runtime: of the first run, and of those after it. */
  private readonly first: ReadonlySet<string>
  private readonly later: ReadonlySet<string>
  private readonly crossing: ReadonlyMap<string, TensorLike | Held>

  /** @param read what the other model made, by its outputs' names; it outlives this. @param tokens how many tokens, or places of a picture, that is of. */
  constructor(private readonly described: Described, private readonly runs: Runs, read: ReadonlyMap<string, TensorLike | Held>, tokens: number) {
    this.states = described.inputs.state ?? []
    this.first = new Set(this.states.map(({ output }) => output))
    this.later = new Set(this.states.filter(({ once }) => once !== true).map(({ output }) => output))
    const ones = whole('int64', new Array<number>(tokens).fill(1))
    this.crossing = new Map((described.crossing ?? []).map(({ input, output }) => [input, output == null ? ones : taken(read, output)]))
  }

  begin(prompt: readonly number[]): Promise<Step> {
    return this.read(prompt, undefined)
  }

  next(row: Row, id: number): Promise<Step> {
    return this.read([...row.ids, id], row as Read)
  }

  private async read(ids: readonly number[], before: Read | undefined): Promise<Step> {
    const { described, states } = this
    const known = before?.state === undefined ? 0 : before.ids.length
    const feeds = new Map(fed(described.inputs, ids.slice(known), known, known > 0 ? before?.state : undefined))
    for (const [input, tensor] of [...this.crossing, ...(before?.once?.held ?? [])]) feeds.set(input, tensor)
    const kept = await this.runs.hold(feeds, known > 0 ? this.later : this.first, described.model ?? undefined)
    const scores = lastRow(taken(kept.outputs, described.output))
    if (states.length === 0) return { row: new Read(ids, undefined, undefined), scores }
    const held = (once: boolean): Shared => new Shared(new Map(states.filter((state) => (state.once ?? false) === once).map(({ input, output }) => [input, taken(kept.held, output)])))
    return { row: new Read(ids, held(false), known > 0 ? before?.once?.share() : held(true)), scores }
  }
}
