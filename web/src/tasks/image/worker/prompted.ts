/** What a visitor points at in a picture: the picture is looked at once, and a further model is asked about each place. */
import type { Parts, Result, TensorLike } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { ImagePipeline, Prompted as Described } from '../../../shared/manifest.gen.js'
import type { Held, Named } from '../../../worker/engine.js'
import { numbers, take } from '../../../worker/outputs.js'
import type { Runs } from '../../../worker/reader.js'
import { values } from './finer.js'
import { frame } from './fit.js'
import { same } from './sought.js'

type Segmentation = Omit<Extract<Result, { task: 'segmentation' }>, 'milliseconds'>
interface Sides { width: number; height: number }

export class Prompted {
  /** Of the picture that was looked at last. */
  private last: { input: TensorLike; held: ReadonlyMap<string, Held> } | undefined

  constructor(private readonly pipeline: ImagePipeline, private readonly described: Described, private readonly runs: Runs) {}

  /** Without any place: what is in the middle. @param feeds the picture as the model takes it. @param picture as the visitor gave it. */
  async mask(feeds: Named, picture: Sides, { points: given = [], boxes = [] }: Pick<Parts, 'points' | 'boxes'>): Promise<Segmentation> {
    const { described } = this
    const points = given.length + boxes.length > 0 ? given : [{ x: picture.width / 2, y: picture.height / 2 }]
    if (boxes.length > 0 && described.boxes == null) throw new EdgewebError('input', 'This model takes points, and no boxes.', 'Give points in what you want.')
    if (boxes.length > 1) throw new EdgewebError('input', `There are ${boxes.length} boxes.`, 'Give one; ask once for each.')
    if (points.some(({ x, y }) => !Number.isFinite(x) || !Number.isFinite(y))) throw new EdgewebError('input', 'A point has no x and y.', 'Give { x, y } in the picture\'s own pixels.')
    const { pipeline } = this
    const size = pipeline.fit == null ? { width: pipeline.width, height: pipeline.height } : frame(pipeline.fit, picture).resized
    const asked = new Map<string, TensorLike | Held>(this.places(points, boxes, size.width / picture.width, size.height / picture.height))
    for (const [name, held] of await this.looked(feeds)) asked.set(name, held)
    const { outputs } = await this.runs.hold(asked, new Set(), described.model)
    return this.best(take(outputs, described.masks), numbers(take(outputs, described.scores)), size, picture)
  }

  private places(points: NonNullable<Parts['points']>, boxes: NonNullable<Parts['boxes']>, across: number, down: number): Named {
    const { points: at, labels, boxes: around } = this.described
    // Without a point there is one that counts for nothing.
    const all = points.length > 0 ? points.map(({ x, y, label = 1 }) => ({ x, y, label })) : [{ x: 0, y: 0, label: -10 }]
    const feeds: Named = new Map([
      [at, { type: 'float32', dims: [1, 1, all.length, 2], data: Float32Array.from(all.flatMap(({ x, y }) => [x * across, y * down])) }],
      [labels, { type: 'int64', dims: [1, 1, all.length], data: BigInt64Array.from(all, ({ label }) => BigInt(label)) }],
    ])
    const [box] = boxes
    if (around != null && box !== undefined) feeds.set(around, { type: 'float32', dims: [1, 1, 4], data: Float32Array.of(box.x * across, box.y * down, (box.x + box.width) * across, (box.y + box.height) * down) })
    return feeds
  }

  /** What the site's own model makes of the picture: of the same one only once. */
  private async looked(feeds: Named): Promise<ReadonlyMap<string, Held>> {
    const input = take(feeds, this.pipeline.input)
    if (this.last !== undefined && same(this.last.input, input)) return this.last.held
    for (const each of this.last?.held.values() ?? []) each.free()
    this.last = undefined
    const { held } = await this.runs.hold(feeds, new Set(this.described.given))
    this.last = { input, held }
    return held
  }

  /** The likeliest mask, brought back over the picture as transformers' SamImageProcessor does it. */
  private best(masks: TensorLike, scores: readonly number[], size: Sides, picture: Sides): Segmentation {
    const { height: high, width: wide } = this.pipeline
    const [columns = 1, rows = 1] = [...masks.dims].reverse()
    const first = scores.indexOf(Math.max(...scores))
    const plane = (masks.data as Float32Array).subarray(first * rows * columns, (first + 1) * rows * columns)
    const whole = values({ type: 'float32', dims: [rows, columns], data: plane }, { width: wide, height: high }, 'linear').values
    const cut = new Float32Array(size.width * size.height)
    for (let y = 0; y < size.height; y++) cut.set(whole.subarray(y * wide, y * wide + size.width), y * size.width)
    const { width, height, values: fine } = values({ type: 'float32', dims: [size.height, size.width], data: cut }, picture, 'linear')
    return { task: 'segmentation', width, height, mask: Uint8Array.from(fine, (value) => Number(value > 0)), labels: ['background', 'selected'], score: scores[first] ?? 0 }
  }
}
