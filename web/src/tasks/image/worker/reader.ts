/** Pictures: what the model makes of one, or of its parts, as the task's result form. */
import type { Box, TensorLike, TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { ImagePipeline } from '../../../shared/manifest.gen.js'
import type { WorkerParts } from '../../../shared/protocol.js'
import type { Named } from '../../../worker/engine.js'
import type { Language } from '../../../worker/language/language.js'
import { labelAt, numbers, ranked, take } from '../../../worker/outputs.js'
import type { Answer, Calling, Given, Open, Reader, Runs } from '../../../worker/reader.js'
import { boxFeeds, pictureFeeds, toBitmap, unplaced, type Placed } from './pictures.js'
import { frame } from './fit.js'
import { classes, matte, segments } from './finer.js'
import { Prompted } from './prompted.js'
import { Looked, Sought } from './sought.js'
import { boxes, deep, painted, segmentation, segmented } from './results.js'
import { needsTiles, partSize, tiled, unpadded } from './tiles.js'

type Picture = ImageBitmap | ImageData

export const open: Open = ({ image, labels }, runs, language) => new ImageReader(image, labels ?? [], runs, language)

class ImageReader implements Reader {
  readonly graphs: NonNullable<Reader['graphs']>
  private readonly prompted: Prompted | undefined
  private readonly sought: Sought | undefined
  private readonly looked: Looked

  constructor(private readonly pipeline: ImagePipeline | null | undefined, private readonly labels: readonly string[], private readonly runs: Runs, private readonly language: Language | undefined) {
    this.prompted = pipeline?.prompted == null ? undefined : new Prompted(pipeline, pipeline.prompted, runs)
    this.looked = new Looked(runs)
    this.sought = language?.matching?.finds === true ? new Sought(language.matching, runs) : undefined
    this.graphs = [pipeline?.preprocess, pipeline?.postprocess, language?.matching?.head]
  }

  feeds(payload: Given): Promise<Named> | undefined {
    return payload.kind === 'image' ? this.placed(payload.image).then(({ feeds }) => feeds) : undefined
  }

  predict(payload: Given, calling: Calling): Promise<Answer> | undefined {
    const { writer } = this.language ?? {}
    if (payload.kind === 'parts') return writer?.sees === undefined ? this.parts(payload.parts, payload.options ?? {}, calling) : this.asked(payload.parts, payload.options ?? {}, calling)
    if (payload.kind !== 'image') return undefined
    if (writer?.sees !== undefined) return this.asked({ image: payload.image }, payload.options ?? {}, calling)
    if (this.prompted !== undefined || this.sought !== undefined) return this.parts({ image: payload.image }, {}, calling)
    return this.pipeline?.result === 'text' ? this.written(payload.image, undefined, payload.options ?? {}, calling) : this.timed(payload.image, calling)
  }

  read(outputs: Named): Promise<Answer> | undefined {
    return this.pipeline == null ? undefined : this.answer(this.pipeline, outputs, unplaced(this.pipeline))
  }

  private parts({ image, question, labels = this.labels, points, boxes }: WorkerParts, options: TextOptions, calling: Calling): Promise<Answer> | undefined {
    const { prompted, pipeline } = this
    if (image !== undefined && pipeline?.result === 'text') return this.written(image, question, options, calling)
    if (question !== undefined) throw image === undefined ? new EdgewebError('input', 'There is no picture to ask about.', 'Give { image, question }.') : new EdgewebError('input', 'This model takes no question about a picture.', 'Give the picture alone.')
    if (prompted !== undefined && image !== undefined) {
      return this.placed(image).then(async ({ feeds, placed }): Promise<Answer> => ({ ...(await prompted.mask(feeds, placed, { ...(points && { points }), ...(boxes && { boxes }) })), inference: this.runs.spent }))
    }
    const { sought } = this
    if (sought !== undefined && image !== undefined) {
      return this.placed(image).then(async ({ feeds, placed, pipeline }): Promise<Answer> => ({ task: 'detection', boxes: await sought.boxes(feeds, pipeline.input, labels, options.template, (outputs, label) => this.marked(pipeline, outputs, placed, label)), inference: this.runs.spent }))
    }
    if (image !== undefined && boxes !== undefined && boxes.length > 0) return this.around(image, boxes)
    const matching = this.language?.matching
    if (matching === undefined || image === undefined) return undefined
    return this.placed(image).then(async ({ feeds, pipeline }): Promise<Answer> => {
      const own = take(await this.runs.infer(feeds), pipeline.outputs[0] ?? '')
      return { task: 'classification', labels: await matching.scores(own, labels, options.template), inference: this.runs.spent }
    })
  }

  /** An answer to a question about the picture, or the next one of a conversation about it. */
  private async asked({ image, text, question, messages }: WorkerParts, options: TextOptions, calling: Calling): Promise<Answer> {
    const [writer, asked] = [this.language?.writer, question ?? text ?? '']
    if (image === undefined) throw new EdgewebError('input', 'There is no picture.', 'Give { image, question }.')
    if (writer?.sees === undefined || (messages === undefined && asked.trim() === '')) throw new EdgewebError('input', 'There is no question about the picture.', 'Give { image, question }.')
    const { feeds, pipeline } = await this.placed(image)
    const seen = take(await this.looked.at(feeds, take(feeds, pipeline.input)), writer.sees)
    const told: NonNullable<WorkerParts['messages']> = messages ?? [...(options.history ?? []), { role: 'user', content: asked, shown: true }]
    const answer = await writer.see(seen, told.map(({ role, content }) => ({ role, content })), Math.max(0, told.findIndex(({ shown }) => shown === true)), options, calling)
    return { ...answer, inference: this.runs.spent }
  }

  /** What is found in each box for itself. */
  private async around(picture: Picture, given: NonNullable<WorkerParts['boxes']>): Promise<Answer> {
    const { pipeline } = this
    if (pipeline?.fit?.rule !== 'around') throw new EdgewebError('input', 'This model takes no boxes.', 'Give it a picture alone.')
    if (given.some((box) => ![box.x, box.y, box.width, box.height].every(Number.isFinite) || box.width <= 0 || box.height <= 0)) throw new EdgewebError('input', 'A box has no place and size.', "Give { x, y, width, height } in the picture's own pixels.")
    const boxes = given.map(({ x, y, width, height }) => ({ x, y, width, height }))
    const found: Box[] = []
    for (const [i, { feeds, placed }] of (await boxFeeds(picture, pipeline, boxes)).entries()) {
      const answer = await this.answer(pipeline, await this.runs.infer(await this.prepared(pipeline, feeds)), placed)
      if (answer.task === 'detection') found.push(...answer.boxes.map((box) => ({ ...box, ...boxes[i] })))
    }
    return { task: 'detection', boxes: found, inference: this.runs.spent }
  }

  /** Where one label is. */
  private async marked(pipeline: ImagePipeline, outputs: Named, placed: Placed, label: string): Promise<Box[]> {
    const answer = await this.answer(pipeline, outputs, placed)
    return answer.task === 'detection' ? answer.boxes.map((box) => ({ ...box, label })) : []
  }

  /** What the site's further model writes about the picture, or answers about it. */
  private async written(picture: Picture, question: string | undefined, options: TextOptions, calling: Calling): Promise<Answer> {
    const writer = this.language?.writer
    if (writer === undefined) throw new EdgewebError('site-invalid', 'The site does not say how its model writes.', 'Build the site again.')
    const start = writer.begins(question)
    const { feeds } = await this.placed(picture)
    const { held } = await this.runs.hold(feeds, writer.reads)
    try {
      const seen = [...held.values()][0]?.dims[1] ?? 0
      const { text, tokens, ids, finish } = await writer.about(held, seen, options, calling, start)
      return { task: 'text', text: writer.answer(ids) ?? text, tokens, ids: [...ids], finish, inference: this.runs.spent }
    } finally {
      for (const each of held.values()) each.free()
    }
  }

  private async timed(picture: Picture, calling: Calling): Promise<Answer> {
    const { pipeline } = this
    const answer = pipeline?.result === 'image' && needsTiles(pipeline, picture) ? await this.tiled(pipeline, picture, calling) : await this.whole(picture)
    return { ...answer, inference: this.runs.spent }
  }

  private async whole(picture: Picture): Promise<Answer> {
    const { feeds, placed, pipeline } = await this.placed(picture)
    return this.answer(pipeline, await this.runs.infer(feeds), placed)
  }

  private async tiled(pipeline: ImagePipeline, picture: Picture, calling: Calling): Promise<Answer> {
    const bitmap = await toBitmap(picture)
    const make = async (part: ImageBitmap): Promise<ImageData> => {
      const size = { width: part.width, height: part.height }
      const made = await this.whole(part)
      if (made.task === 'image') return pipeline.fit == null ? made.image : unpadded(made.image, size, frame(pipeline.fit, size).size)
      throw new EdgewebError('site-invalid', 'The model made no picture.', 'Build the site again.')
    }
    try {
      return { task: 'image', image: await tiled(bitmap, partSize(pipeline), make, (done, of) => calling.onPart(done, of)) }
    } finally {
      bitmap.close()
    }
  }

  private async placed(picture: Picture): Promise<{ feeds: Named; placed: Placed; pipeline: ImagePipeline }> {
    const { pipeline } = this
    if (pipeline == null) throw new EdgewebError('input', 'This model does not take pictures.', 'Use run() with named feeds.')
    const { feeds, placed } = await pictureFeeds(picture, pipeline)
    return { feeds: await this.prepared(pipeline, feeds), placed, pipeline }
  }

  private async prepared(pipeline: ImagePipeline, feeds: Named): Promise<Named> {
    return new Map([[pipeline.input, take(await this.runs.small(pipeline.preprocess, feeds), 'tensor')]])
  }

  private async answer(pipeline: ImagePipeline, outputs: Named, placed: Placed): Promise<Answer> {
    const { labels } = this
    if (pipeline.postprocess == null) return { task: 'tensors', outputs: Object.fromEntries(outputs) }
    const raws = pipeline.outputs.map((name, i): [string, TensorLike] => [`raw${i}`, take(outputs, name)])
    const read = await this.runs.small(pipeline.postprocess, new Map(raws))
    const from = (name: string): TensorLike => take(read, name)
    switch (pipeline.result) {
      case 'detection': return { task: 'detection', boxes: boxes(from, placed, (index) => (pipeline.fit?.rule === 'around' ? '' : labelAt(labels, index)), { points: read.get('points'), angles: read.get('angles'), names: pipeline.points ?? [] }) }
      case 'segmentation': {
        const parts = read.has('masks') ? segments(from('masks'), numbers(from('sure')), placed) : undefined
        if (parts !== undefined) return segmented(parts, numbers(from('sure')), numbers(from('kinds')).map((kind) => labelAt(labels, kind)))
        const soft = read.get('alpha')
        const found = read.has('planes') ? classes(from('planes'), placed) : soft && placed.fitted ? matte(soft, placed) : segmentation(from, pipeline, placed, soft)
        const most = found.mask.reduce((a, b) => Math.max(a, b), 1)
        return { task: 'segmentation', ...found, labels: labels.length ? [...labels] : Array.from({ length: most + 1 }, (_, i) => (most > 1 ? `class ${i}` : (['background', 'foreground'][i] ?? ''))) }
      }
      case 'embedding': return { task: 'embedding', vector: numbers(from('vector')) }
      case 'regression': return { task: 'regression', values: numbers(from('values')), ...(pipeline.names?.length && { names: [...pipeline.names] }) }
      case 'depth': return { task: 'depth', ...deep(from('depth'), pipeline, placed) }
      case 'image': return { task: 'image', image: painted(read, pipeline, placed) }
      default: return { task: 'classification', labels: ranked(numbers(from('scores')), labels, read.get('classes')) }
    }
  }
}
