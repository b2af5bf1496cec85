/** Labels that the visitor writes, held against what the site's own model has made of a picture or a sound. */
import type { LabelScore, TensorLike } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { Matching as Described } from '../../shared/manifest.gen.js'
import type { Named } from '../engine.js'
import { numbers, take } from '../outputs.js'
import type { Runs } from '../runs.js'
import { inputsFor, type Tokens } from './tokens.js'

/** What labels stand for is kept: of these many the last ones. */
const KEPT = 2000

export class Matching {
  private readonly known = new Map<string, Named>()

  constructor(private readonly described: Described, private readonly tokens: Tokens, private readonly runs: Runs) {}

  get head(): string {
    return this.described.head
  }

  /** The labels, the best first. @param own what the site's own model gave. @param template in place of the site's own sentence; {} stands for the label. */
  async scores(own: TensorLike, labels: readonly string[], template = this.described.template): Promise<LabelScore[]> {
    const wanted = given(labels, template)
    const rows: Float32Array[] = []
    for (const label of wanted) rows.push(Float32Array.from(numbers(take(await this.read(template.replace('{}', () => label)), this.described.output))))
    const width = rows[0]?.length ?? 0
    const texts = new Float32Array(rows.length * width)
    rows.forEach((row, i) => texts.set(row, i * width))
    const found = await this.runs.small(this.head, new Map([['own', own], ['texts', { type: 'float32', dims: [rows.length, width], data: texts }]]))
    return numbers(take(found, 'scores')).map((score, i) => ({ label: wanted[i] ?? '', score })).sort((a, b) => b.score - a.score)
  }

  /** Whether it is told of each place for itself. */
  get finds(): boolean {
    return (this.described.given ?? []).length > 0
  }

  /** For each label what the model as a whole would say of all places. @param own what the site's own model gave. */
  async places(own: Named, labels: readonly string[], template = this.described.template): Promise<{ label: string; scores: Named }[]> {
    const { given: names = [], reads = [], output } = this.described
    const found: { label: string; scores: Named }[] = []
    for (const label of given(labels, template)) {
      const text = await this.read(template.replace('{}', () => label))
      const both = [...names.map((name) => [name, take(own, name)] as const), ...reads.map((name) => [name, take(text, name)] as const)]
      found.push({ label, scores: new Map([[output, take(await this.runs.small(this.head, new Map(both)), output)]]) })
    }
    return found
  }

  /** What the model for texts makes of one. */
  private async read(text: string): Promise<Named> {
    const found = this.known.get(text)
    if (found !== undefined) return found
    const { model, inputs } = this.described
    const outputs = await this.runs.infer(inputsFor(inputs, this.tokens.whole(text).ids), model)
    const [oldest] = this.known.keys()
    if (this.known.size >= KEPT && oldest !== undefined) this.known.delete(oldest)
    this.known.set(text, outputs)
    return outputs
  }
}

/** Those that say something. */
function given(labels: readonly string[], template: string): string[] {
  const wanted = labels.map((label) => label.trim()).filter((label) => label !== '')
  if (wanted.length === 0) throw new EdgewebError('input', 'There are no labels to hold it against.', 'Give labels: words for what may be there.')
  if (!template.includes('{}')) throw new EdgewebError('input', 'The template has no place for a label.', 'Write {} where the label stands.')
  return wanted
}
