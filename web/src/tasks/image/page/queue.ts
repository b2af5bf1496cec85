/** The pictures that the visitor gave, worked on one after the other; a broken one never stops the rest. */
import type { PredictInput } from '../../../shared/api.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { common, image as t } from '../../../page/ui/strings.gen.js'
import { plain } from '../../../page/ui/plain.js'
import { png } from './archive.js'
import type { Picture } from './picture.js'

const notPicture = (name: string): Failure => ({ message: common.notPicture(plain(name, 80)), hint: common.notPictureHint, code: 'input' })

/** Why this file cannot be a picture, as far as that can be told without decoding it. */
function refusal(file: Blob, name: string): Failure | null {
  if (file.size === 0) return { message: t.empty(plain(name, 80)), hint: t.emptyHint, code: 'input' }
  return file.type && !file.type.startsWith('image/') ? notPicture(name) : null
}

/** SVG is decoded by an image element only: createImageBitmap refuses its bytes. */
async function decodable(source: Blob | HTMLImageElement, url: string): Promise<Blob | HTMLImageElement> {
  if (source instanceof Blob && source.type !== 'image/svg+xml') return source
  const image = source instanceof Blob ? Object.assign(new Image(), { src: url }) : source
  await image.decode()
  return image
}

export class PictureQueue {
  items: readonly Picture[] = []
  selected = 0
  private round = 0
  private stopper = new AbortController()

  /** @param input what is predicted of a picture. */
  constructor(private readonly changed: () => void, private readonly input: (source: Blob | HTMLImageElement, picture: Picture) => PredictInput | undefined = (source) => source) {}

  get done(): number {
    return this.items.filter((item) => item.state === 'done' || item.state === 'failed').length
  }

  get busy(): boolean {
    return this.items.some(({ state }) => state === 'waiting' || state === 'running')
  }

  /** Ends the running picture and leaves out those that wait. */
  stop(): void {
    this.stopper.abort()
    for (const picture of this.items) if (picture.state === 'waiting' || picture.state === 'running') picture.state = 'stopped'
    this.changed()
  }

  /** Replaces what was there by `files` and starts on them. */
  useFiles(files: readonly Blob[], fallbackName: string, session: Session): void {
    this.use(files.map((file) => {
      const name = file instanceof File && file.name ? file.name : fallbackName
      const problem = refusal(file, name)
      const url = problem ? '' : URL.createObjectURL(file)
      return { name, source: file, url, owned: true, state: problem ? 'failed' : 'waiting', broken: problem !== null, result: null, failure: problem }
    }), session)
  }

  useExample(image: HTMLImageElement, name: string, session: Session): void {
    this.use([{ name, source: image, url: image.src, owned: false, state: 'waiting', broken: false, result: null, failure: null }], session)
  }

  /** What was answered is asked for once more, from better weights or with other words; the old answers stay until then. */
  again(session: Session, failed = false): void {
    const { busy } = this
    for (const picture of this.items) if (picture.state === 'done' || picture.state === 'open' || (failed && picture.state === 'failed' && !picture.broken)) Object.assign(picture, { state: 'waiting', failure: null })
    // Work that goes on finds them by itself.
    if (!busy && this.busy) void this.work(this.round, session)
  }

  /** This one is asked about once more. */
  renew(picture: Picture, session: Session): void {
    const { busy } = this
    if (picture.state === 'done' || picture.state === 'failed') Object.assign(picture, { state: 'waiting', failure: null })
    if (!busy && this.busy) void this.work(this.round, session)
  }

  clear(): void {
    this.round += 1
    for (const { url, owned } of this.items) if (owned && url) URL.revokeObjectURL(url)
    this.items = []
    this.selected = 0
    this.changed()
  }

  select(index: number): void {
    this.selected = index
    this.changed()
  }

  /** The browser could not show this picture, so the model cannot see it either. */
  unreadable(picture: Picture): void {
    picture.broken = true
    if (picture.state === 'waiting') Object.assign(picture, { state: 'failed', failure: notPicture(picture.name) })
    this.changed()
  }

  private use(items: Picture[], session: Session): void {
    this.clear()
    this.items = items
    this.stopper = new AbortController()
    this.changed()
    void this.work(this.round, session)
  }

  private async work(round: number, session: Session): Promise<void> {
    await session.ready()
    const next = (): Picture | undefined => (round === this.round ? this.items.find(({ state }) => state === 'waiting') : undefined)
    for (let picture = next(); picture !== undefined; picture = next()) await this.process(picture, session, round)
  }

  private async process(picture: Picture, session: Session, round: number): Promise<void> {
    const { signal } = this.stopper
    picture.state = 'running'
    this.changed()
    try {
      const source = await decodable(picture.source, picture.url)
      const onPart = (done: number, of: number): void => {
        picture.part = { done, of }
        this.changed()
      }
      const input = this.input(source, picture)
      if (input === undefined) {
        picture.state = 'open'
        return this.changed()
      }
      const result = await session.predict(input, signal, { onPart })
      if (result.task === 'image' && this.items.length > 1) Object.assign(picture, { made: await png(result.image), result: { ...result, image: new ImageData(1, 1) } })
      else picture.result = result
      picture.state = 'done'
    } catch (error) {
      if (signal.aborted) return
      const undecodable = error instanceof DOMException
      Object.assign(picture, { state: 'failed', failure: undecodable ? notPicture(picture.name) : failure(error) })
    }
    if (round === this.round) this.changed()
  }
}
