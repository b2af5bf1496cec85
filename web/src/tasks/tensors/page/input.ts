/** One input of a model as a form: its open sizes, its values as text, and ways to fill it. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { elementCount } from '../../../shared/tensors.js'
import { readSound } from '../../../page/sound.js'
import { fixed, shape } from '../../../page/ui/format.js'
import * as icons from '../../../page/ui/icons.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, type Failure } from '../../../page/ui/session.js'
import { common, tensors as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { name, plain } from '../../../page/ui/plain.js'
import { adopt, freeAxes, resolve, type FreeAxis, type Info, type Sizes } from './dims.js'
import { countValues } from './parse.js'
import { layoutOf, readPixels, type Layout } from './picture.js'
import { soundAxis, soundTensor } from './sound.js'
import { describe, editable, readFile, type Source } from './source.js'
import { tensorStyles } from './styles.js'

/** Fires `change` with the new source and sizes. */
export interface InputChange {
  source: Source
  sizes: Sizes
}

class TensorInput extends LitElement {
  static override properties = {
    info: { attribute: false },
    source: { attribute: false },
    sizes: { attribute: false },
    problem: { attribute: false },
    failed: { state: true },
    unit: { state: true },
    over: { state: true },
  }

  static override styles = [...controls, tensorStyles]

  declare info: Info
  declare source: Source
  declare sizes: Sizes
  /** What was wrong with this input at the last run. */
  declare problem: Failure | null
  declare private failed: Failure | null
  declare private unit: boolean
  declare private over: boolean
  private seed = 0

  constructor() {
    super()
    this.problem = null
    this.failed = null
    this.unit = true
    this.over = false
  }

  private emit(source: Source, sizes: Sizes = this.sizes): void {
    this.failed = null
    this.dispatchEvent(new CustomEvent<InputChange>('change', { detail: { source, sizes } }))
  }

  private fill(fill: 'zeros' | 'ones' | 'random'): void {
    if (fill === 'random') this.seed += 1
    const source: Source = { kind: 'fill', fill, seed: this.seed }
    const dims = resolve(this.info, this.sizes)
    this.emit(dims ? editable(source, this.info, dims) : source)
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.failed = failure(error)
    }
  }

  private readonly onFile = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement
    const file = input.files?.[0]
    if (file) void this.attempt(async () => this.emit(...await readFile(file, this.info, this.sizes, resolve(this.info, this.sizes) ?? [])))
    input.value = ''
  }

  private readonly onDrag = (event: DragEvent): void => {
    const layout = layoutOf(this.info)
    if (!layout || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    this.over = event.type === 'dragover'
    const file = event.type === 'drop' ? event.dataTransfer.files[0] : undefined
    if (file) void this.attempt(() => this.usePicture(file, layout))
  }

  private onPicture(event: Event, layout: Layout): void {
    const input = event.currentTarget as HTMLInputElement
    const file = input.files?.[0]
    if (file) void this.attempt(() => this.usePicture(file, layout))
    input.value = ''
  }

  /** An open height or width becomes the picture's own; one that the visitor set stays. */
  private async usePicture(file: File, { heightAxis, widthAxis, channelAxis, channels }: Layout): Promise<void> {
    const dims = resolve(this.info, this.sizes) ?? (this.info.shape ?? []).map(() => 1)
    const side = (axis: number): number | null => ((dims[axis] ?? 1) > 1 ? dims[axis] ?? null : null)
    const pixels = await readPixels(file, side(widthAxis), side(heightAxis))
    const shaped = dims.map((dim, axis) => {
      if (axis === channelAxis) return channels
      return axis === heightAxis ? pixels.height : axis === widthAxis ? pixels.width : dim
    })
    this.emit({ kind: 'picture', pixels, unit: this.unit, label: file.name }, adopt(this.info, shaped, this.sizes) ?? this.sizes)
  }

  /** An open length becomes the sound's own. */
  private onSound(event: Event, axis: number): void {
    const input = event.currentTarget as HTMLInputElement
    const file = input.files?.[0]
    input.value = ''
    if (!file) return
    void this.attempt(async () => {
      const sound = await readSound(await file.arrayBuffer())
      const tensor = soundTensor(sound, this.info, axis)
      this.emit({ kind: 'tensor', tensor, label: t.soundAt(file.name, fixed(sound.rate, 0)) }, adopt(this.info, tensor.dims, this.sizes) ?? this.sizes)
    })
  }

  private readonly onScale = (event: Event): void => {
    this.unit = (event.currentTarget as HTMLSelectElement).value === 'unit'
    if (this.source.kind === 'picture') this.emit({ ...this.source, unit: this.unit })
  }

  private size({ axis, key, label }: FreeAxis): TemplateResult {
    const set = (event: Event): void => {
      const text = (event.currentTarget as HTMLInputElement).value.trim()
      const size = text === '' ? NaN : Number(text)
      this.emit(this.source, { ...this.sizes, axes: { ...this.sizes.axes, [key]: size } })
    }
    const size = this.sizes.axes[key] ?? 1
    const valid = Number.isSafeInteger(size) && size >= 0
    return html`<div class="field"><label for="size-${axis}" class="cut">${label === null ? t.unknownDim(axis + 1) : html`<bdi>${plain(t.dim(label), 60)}</bdi>`}</label>
      <input id="size-${axis}" inputmode="numeric" autocomplete="off" .value=${Number.isNaN(size) ? '' : String(size)} aria-invalid=${valid ? nothing : 'true'} @change=${set}></div>`
  }

  private sizeFields(): TemplateResult | typeof nothing {
    const { info, sizes } = this
    if (info.shape === null) {
      const set = (event: Event): void => {
        this.emit(this.source, { ...sizes, shapes: { ...sizes.shapes, [info.name]: (event.currentTarget as HTMLInputElement).value } })
      }
      return html`<div class="sizes"><div class="field"><label for="shape">${t.dims}</label>
        <input id="shape" autocomplete="off" .value=${sizes.shapes[info.name] ?? '1'} @change=${set}></div></div>`
    }
    const axes = freeAxes(info)
    return axes.length ? html`<div class="sizes">${axes.map((axis) => this.size(axis))}</div>` : nothing
  }

  private values(count: number): TemplateResult {
    const { info, source } = this
    if (source.kind !== 'text') {
      return html`<div class="filled">${source.kind === 'picture' ? html`<canvas class="seen" role="img" aria-label=${describe(source)}></canvas>` : nothing}<span>${t.filled(describe(source))}</span>
        <button class="button quiet push" type="button" @click=${() => this.emit({ kind: 'text', text: '' })}>${common.clear}</button></div>`
    }
    const label = info.type === 'string' ? t.texts : info.type === 'bool' ? t.booleans : t.numbers
    const type = (event: Event): void => this.emit({ kind: 'text', text: (event.currentTarget as HTMLInputElement).value })
    if (count === 1 && info.type !== 'string') {
      return html`<div class="field"><input aria-label="${plain(info.name, 60)}: ${t.scalar}" autocomplete="off" inputmode="decimal" .value=${source.text} @input=${type}></div>`
    }
    return html`<div class="field"><label for="values" class="small muted">${count === 1 ? nothing : label}</label>
      <textarea id="values" rows="3" aria-label=${plain(info.name, 60)} spellcheck="false" autocomplete="off" .value=${source.text} @input=${type}></textarea></div>`
  }

  private fillers(layout: Layout | null): TemplateResult {
    const { type } = this.info
    const heard = soundAxis(this.info)
    const numeric = type !== 'string'
    const random = type.startsWith('float') ? t.random.real : type === 'bool' ? t.random.truth : t.random.whole
    return html`<div class="chips" role="group" aria-label=${t.fill}>
      ${layout ? html`<label class="button chip">${icons.picture}<input class="visually-hidden" type="file" accept="image/*" @change=${(event: Event) => this.onPicture(event, layout)}>${t.picture}</label>
        <select aria-label=${t.scale} @change=${this.onScale}><option value="unit" ?selected=${this.unit}>${t.scale} ${t.unit}</option><option value="bytes" ?selected=${!this.unit}>${t.scale} ${t.bytes}</option></select>` : nothing}
      ${numeric ? html`<button class="button chip" type="button" @click=${() => this.fill('zeros')}>${t.zeros}</button>
        <button class="button chip" type="button" @click=${() => this.fill('ones')}>${t.ones}</button>
        <button class="button chip" type="button" @click=${() => this.fill('random')}>${random}</button>` : nothing}
      <label class="button chip"><input class="visually-hidden" type="file" accept=".npy,.csv,.tsv,.txt" @change=${this.onFile}>${t.file}</label>
      ${heard === null ? nothing : html`<label class="button chip"><input class="visually-hidden" type="file" accept="audio/*,.wav" @change=${(event: Event) => this.onSound(event, heard)}>${t.sound}</label>`}
    </div>`
  }

  /** What the model will see of the picture. */
  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const { source } = this
    const canvas = changed.has('source') && source.kind === 'picture' ? this.renderRoot.querySelector<HTMLCanvasElement>('canvas.seen') : null
    if (!canvas || source.kind !== 'picture') return
    Object.assign(canvas, { width: source.pixels.width, height: source.pixels.height })
    canvas.getContext('2d')?.putImageData(source.pixels, 0, 0)
  }

  protected override render(): TemplateResult {
    const { info, source } = this
    const dims = resolve(info, this.sizes)
    const needed = dims ? elementCount(dims) : 0
    const found = source.kind === 'text' ? countValues(source.text, info.type, needed) : needed
    const wrong = this.failed ?? this.problem
    return html`<section class="card block ${this.over ? 'over' : ''}" aria-label=${plain(info.name, 100)} @dragover=${this.onDrag} @dragleave=${this.onDrag} @drop=${this.onDrag}>
      <div class="title"><h3>${name(info.name)}</h3><span class="mono">${info.type} ${plain(shape(info.shape))}</span></div>
      ${this.sizeFields()}
      ${dims ? nothing : html`<p class="wrong">${t.badDim}</p>`}
      ${this.values(needed)}
      <div class="foot"><span class="count ${found === needed ? 'full' : ''}">${t.count(found, needed)}</span>${this.fillers(layoutOf(info))}</div>
      ${wrong ? problem(wrong) : nothing}
    </section>`
  }
}

export function defineInput(): void {
  if (!customElements.get('edgeweb-tensor-input')) customElements.define('edgeweb-tensor-input', TensorInput)
}
