/** Labels that the visitor writes, held against what the site's own model has made of a picture or a sound. */
import type { LabelScore, TensorLike } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { Matching as Described } from '../../shared/manifest.gen.js'
import { numbers, take } from '../outputs.js'
import type { Runs } from '../runs.js'
import { inputsFor, type Tokens } from './tokens.js'

/** What labels stand for is kept: of these many the last ones. */
const KEPT = 2000

export class Matching {
  private readonly known = new Map<string, Float32Array>()

  constructor(private readonly described: Described, private readonly tokens: Tokens, private readonly runs: Runs) {}

  get head(): string {
    return this.described.head
  }

  /** The labels, the best first. @param own what the site's own model gave. @param template in place of the site's own sentence; {} stands for the label. */
  async scores(own: TensorLike, labels: readonly string[], template = this.described.template): Promise<LabelScore[]> {
    const wanted = labels.map((label) => label.trim()).filter((label) => label !== '')
    if (wanted.length === 0) throw new EdgewebError('input', 'There are no labels to hold it against.', 'Give labels: words for what may be there.')
    if (!template.includes('{}')) throw new EdgewebError('input', 'The template has no place for a label.', 'Write {} where the label stands.')
    const rows: Float32Array[] = []
    for (const label of wanted) rows.push(await this.embedded(template.replace('{}', () => label)))
    const width = rows[0]?.length ?? 0
    const texts = new Float32Array(rows.length * width)
    rows.forEach((row, i) => texts.set(row, i * width))
    const found = await this.runs.small(this.head, new Map([['own', own], ['texts', { type: 'float32', dims: [rows.length, width], data: texts }]]))
    return numbers(take(found, 'scores')).map((score, i) => ({ label: wanted[i] ?? '', score })).sort((a, b) => b.score - a.score)
  }

  private async embedded(text: string): Promise<Float32Array> {
    const found = this.known.get(text)
    if (found !== undefined) return found
    const { model, inputs, output } = this.described
    const outputs = await this.runs.infer(inputsFor(inputs, this.tokens.whole(text).ids), model)
    const vector = Float32Array.from(numbers(take(outputs, output)))
    const [oldest] = this.known.keys()
    if (this.known.size >= KEPT && oldest !== undefined) this.known.delete(oldest)
    this.known.set(text, vector)
    return vector
  }
}
