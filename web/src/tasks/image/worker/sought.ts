/** What a visitor names, looked for in a picture: the picture is looked at once, and each label is held against all of its places. */
import type { Box, TensorLike } from '../../../shared/api.js'
import type { Named } from '../../../worker/engine.js'
import type { Matching } from '../../../worker/language/matching.js'
import { take } from '../../../worker/outputs.js'
import type { Runs } from '../../../worker/reader.js'

/** What the site's own model makes of a picture: of the same one only once. */
export class Looked {
  private last: { input: TensorLike; own: Named } | undefined

  constructor(private readonly runs: Runs) {}

  async at(feeds: Named, input: TensorLike): Promise<Named> {
    if (this.last === undefined || !same(this.last.input, input)) this.last = { input, own: await this.runs.infer(feeds) }
    return this.last.own
  }
}

export class Sought {
  private readonly looked: Looked

  constructor(private readonly matching: Matching, runs: Runs) {
    this.looked = new Looked(runs)
  }

  /** The best first. @param feeds the picture as the model takes it. @param boxes of outputs, those that show one label. */
  async boxes(feeds: Named, input: string, labels: readonly string[], template: string | undefined, boxes: (outputs: Named, label: string) => Promise<Box[]>): Promise<Box[]> {
    const own = await this.looked.at(feeds, take(feeds, input))
    const found: Box[] = []
    for (const { label, scores } of await this.matching.places(own, labels, template)) found.push(...(await boxes(new Map([...own, ...scores]), label)))
    return found.sort((a, b) => b.score - a.score)
  }
}

export function same(a: TensorLike, b: TensorLike): boolean {
  return a.data.length === b.data.length && (a.data as Float32Array).every((value, i) => value === (b.data as Float32Array)[i])
}
