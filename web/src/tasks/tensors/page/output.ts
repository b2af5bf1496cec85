/** One output of a model: its range, a drawing, its first values, and ways to take it along. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { TensorLike } from '../../../shared/api.js'
import { save } from '../../../page/ui/save.js'
import { shape, value } from '../../../page/ui/format.js'
import * as icons from '../../../page/ui/icons.js'
import { writeNpy } from './npy.js'
import { common, tensors as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { name, plain } from '../../../page/ui/plain.js'
import { draw, plotKind, type PlotKind } from './plot.js'
import { element, sliceOf, statsOf, toJson, type Stats } from './stats.js'
import { tensorStyles } from './styles.js'

const ROWS = 50
const COLUMNS = 50

class TensorOutput extends LitElement {
  static override properties = { name: { attribute: false }, tensor: { attribute: false }, said: { state: true } }

  static override styles = [...controls, tensorStyles]

  declare name: string
  declare tensor: TensorLike
  declare private said: string
  private stats: Stats | null = null
  private kind: PlotKind | null = null

  constructor() {
    super()
    this.said = ''
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('tensor')) return
    this.stats = statsOf(this.tensor)
    this.kind = this.stats && Number.isFinite(this.stats.min) ? plotKind(this.tensor) : null
    this.said = ''
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const canvas = this.renderRoot.querySelector('canvas')
    if (changed.has('tensor') && canvas && this.kind && this.stats) draw(canvas, this.kind, this.tensor, this.stats)
  }

  private readonly copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(toJson(this.tensor))
      this.said = common.copied
    } catch {
      this.said = common.notCopied
    }
  }

  private readonly download = (): void => {
    const safe = this.name.replace(/[^\w.-]+/g, '_').slice(0, 60) || 'output'
    save(`${safe}.npy`, writeNpy(this.tensor), 'application/octet-stream')
  }

  private statsList({ min, max, mean, nan, infinite }: Stats): TemplateResult {
    const facts: [string, string][] = [[t.stats.min, value(min)], [t.stats.max, value(max)], [t.stats.mean, value(mean)]]
    if (nan) facts.push([t.stats.nan, String(nan)])
    if (infinite) facts.push([t.stats.infinite, String(infinite)])
    return html`<dl class="stats">${facts.map(([term, text]) => html`<div><dt>${term}</dt> <dd>${text}</dd></div>`)}</dl>`
  }

  private table(): TemplateResult {
    const { tensor } = this
    const { rows, columns } = sliceOf(tensor.dims)
    const [height, width] = [Math.min(rows, ROWS), Math.min(columns, COLUMNS)]
    const text = tensor.type === 'string'
    const cell = (row: number, column: number): TemplateResult => {
      const found = element(tensor, row * columns + column)
      return html`<td class=${text ? 'text' : 'end'}>${typeof found === 'string' ? html`<bdi>${text ? found.slice(0, 2000) : found}</bdi>` : value(found)}</td>`
    }
    return html`<div class="scroll" tabindex="0" role="region" aria-label="${t.table} ${plain(this.name, 60)}"><table>
      ${width > 1 ? html`<thead><tr>${height > 1 ? html`<td></td>` : nothing}${Array.from({ length: width }, (_, c) => html`<th scope="col" class="end">${c}</th>`)}</tr></thead>` : nothing}
      <tbody>${Array.from({ length: height }, (_, r) => html`<tr>${height > 1 ? html`<th scope="row">${r}</th>` : nothing}${Array.from({ length: width }, (_unused, c) => cell(r, c))}</tr>`)}</tbody>
    </table></div>`
  }

  protected override render(): TemplateResult {
    const { tensor, stats, kind } = this
    const flat = kind === 'heat' && sliceOf(tensor.dims).columns > 3 * sliceOf(tensor.dims).rows
    return html`<section class="card block" aria-label=${plain(this.name, 100)}>
      <div class="title"><h3>${name(this.name)}</h3><span class="mono">${tensor.type} ${shape(tensor.dims)}</span></div>
      ${tensor.data.length === 0 ? html`<p class="muted">${common.empty}</p>` : nothing}
      ${stats && tensor.data.length > 1 ? this.statsList(stats) : nothing}
      ${kind ? html`<canvas class="plot ${kind} ${flat ? 'flat' : ''}" role="img" aria-label=${t.plot(plain(this.name, 60))}></canvas>` : nothing}
      ${tensor.data.length ? this.table() : nothing}
      <div class="chips"><button class="button chip" type="button" @click=${this.copy}>${common.copy}</button>
        <button class="button chip" type="button" @click=${this.download}>${icons.download}${t.npy}</button><span class="small muted" role="status">${this.said}</span></div>
    </section>`
  }
}

export function defineOutput(): void {
  if (!customElements.get('edgeweb-tensor-output')) customElements.define('edgeweb-tensor-output', TensorOutput)
}
