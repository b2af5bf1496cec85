/** Many rows at once: a CSV file picked, dropped or pasted; the predictions as a table and as a download. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Manifest } from '../../../shared/api.js'
import { decodeText } from '../../../page/ui/csv.js'
import { CSV_TYPE, save } from '../../../page/ui/save.js'
import { scoring } from '../../../page/ui/claims.js'
import { value } from '../../../page/ui/format.js'
import * as icons from '../../../page/ui/icons.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { common, tabular as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { name, plain } from '../../../page/ui/plain.js'
import { tabularStyles } from './styles.js'
import { addedCells, addedHeader, predictedCsv, predictTable, readTable, templateCsv, type Predicted } from './table.js'

const ROWS_SHOWN = 200
const ERRORS_SHOWN = 50

class CsvBatch extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    over: { state: true },
    busy: { state: true },
    failed: { state: true },
    predicted: { state: true },
  }

  static override styles = [...controls, tabularStyles]

  declare manifest: Manifest
  declare session: Session
  declare private over: boolean
  /** What is going on, or the empty text. */
  declare private busy: string
  declare private failed: Failure | null
  declare private predicted: Predicted | null
  private stopper = new AbortController()

  constructor() {
    super()
    this.over = false
    this.busy = ''
    this.failed = null
    this.predicted = null
  }

  private async predict(read: () => Promise<string>): Promise<void> {
    if (this.busy) return
    this.failed = null
    this.predicted = null
    const { signal } = (this.stopper = new AbortController())
    try {
      const table = readTable(await read(), this.manifest.tabular?.columns ?? [])
      this.busy = this.session.model ? t.rowsProgress(0, table.rows.length) : common.waiting
      await this.session.ready(signal)
      this.predicted = await predictTable(table, this.manifest, this.session, (done, of) => { this.busy = t.rowsProgress(done, of) }, signal)
    } catch (error) {
      if (!signal.aborted) this.failed = failure(error)
    } finally {
      this.busy = ''
    }
  }

  private useFile(file: File | undefined): void {
    if (file) void this.predict(async () => decodeText(await file.arrayBuffer()))
  }

  private readonly onPick = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement
    const file = input.files?.[0]
    this.useFile(file)
    input.value = ''
  }

  private readonly onDrag = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    this.over = event.type === 'dragover'
    if (event.type === 'drop') this.useFile(event.dataTransfer.files[0])
  }

  private readonly predictPasted = (): void => {
    const text = this.renderRoot.querySelector('textarea')?.value ?? ''
    void this.predict(() => Promise.resolve(text))
  }

  /** Its button goes away; keyboards go on from the picker, once a run can begin again. */
  private readonly stop = (): void => {
    this.stopper.abort()
    this.renderRoot.querySelector<HTMLElement>('input')?.focus()
  }

  private results(predicted: Predicted): TemplateResult {
    const { rows, errors, left } = predicted
    const download = (): void => save(`${plain(this.manifest.name, 60)}-predictions.csv`, predictedCsv(predicted), CSV_TYPE)
    return html`<div class="results">
      <div class="row"><h3>${t.rowsDone(rows.length)}</h3>${rows.length
        ? html`<button class="button primary push" type="button" @click=${download}>${icons.download}${t.csv}</button>` : nothing}</div>
      ${left ? html`<p class="muted">${t.rowsLeft(left)}</p>` : nothing}
      ${errors.length ? this.faults(errors) : nothing}
      ${rows.length ? this.table(predicted) : nothing}
      ${rows.length > ROWS_SHOWN ? html`<p class="muted small">${t.rowsShown(ROWS_SHOWN, rows.length)}</p>` : nothing}
    </div>`
  }

  private faults(errors: Predicted['errors']): TemplateResult {
    return html`<div class="problem">${icons.alert}<div><p>${t.rowsFailed(errors.length)}</p>
      <ul class="faults small" tabindex="0" aria-label=${t.rowsFailed(errors.length)}>${errors.slice(0, ERRORS_SHOWN).map(({ line, message }) => html`<li>${t.line(line)}: ${message}</li>`)}
      ${errors.length > ERRORS_SHOWN ? html`<li>${t.moreErrors(errors.length - ERRORS_SHOWN)}</li>` : nothing}</ul></div></div>`
  }

  /** The prediction stands first: on a phone the other columns are a swipe away. */
  private table(predicted: Predicted): TemplateResult {
    const { header, rows } = predicted
    // A score that is no probability is for files: there nobody takes it for one.
    const most = scoring(this.manifest) === 'order' && !rows[0]?.prediction.values.length ? 1 : undefined
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${t.rowsDone(rows.length)}><table>
      <thead><tr>${addedHeader(predicted).slice(0, most).map((text) => html`<th scope="col" class="is">${text}</th>`)}
        ${header.map((text) => html`<th scope="col" class="cell">${name(text)}</th>`)}</tr></thead>
      <tbody>${rows.slice(0, ROWS_SHOWN).map(({ cells, prediction }) => html`<tr>
        ${addedCells(prediction).slice(0, most).map((cell) => html`<td class="is cell">${typeof cell === 'number' ? value(cell) : cell === '' ? '' : name(cell)}</td>`)}
        ${cells.map((cell) => html`<td class="cell">${plain(cell || ' ', 80) === common.unnamed ? '' : plain(cell, 80)}</td>`)}</tr>`)}</tbody>
    </table></div>`
  }

  protected override render(): TemplateResult {
    const columns = this.manifest.tabular?.columns ?? []
    const template = (): void => save(t.template, templateCsv(columns), CSV_TYPE)
    return html`<section class="card many ${this.over ? 'over' : ''}" aria-label=${t.many}
        @dragover=${this.onDrag} @dragleave=${this.onDrag} @drop=${this.onDrag}>
      <div class="head"><h2>${t.many}</h2><p class="muted">${t.manyHow}</p></div>
      <div class="row">
        <label class="button"><input class="visually-hidden" type="file" accept=".csv,.tsv,.txt,text/csv,text/plain" @change=${this.onPick}>${icons.table}${t.chooseCsv}</label>
        <button class="button quiet" type="button" @click=${template}>${icons.download}${t.template}</button></div>
      <div class="field"><label for="paste">${t.pasteHere}</label>
        <textarea id="paste" rows="4" spellcheck="false" autocomplete="off" placeholder=${t.pastePlaceholder}></textarea></div>
      <div class="row"><button class="button" type="button" ?disabled=${this.busy !== ''} @click=${this.predictPasted}>${t.predictRows}</button>
        ${this.busy ? html`<button class="button" type="button" @click=${this.stop}>${common.stop}</button>` : nothing}
        <p class="wait" role="status">${this.busy || (this.predicted ? html`<span class="visually-hidden">${t.rowsDone(this.predicted.rows.length)}</span>` : '')}</p></div>
      ${this.failed ? problem(this.failed) : nothing}
      ${this.predicted ? this.results(this.predicted) : nothing}
    </section>`
  }
}

export function defineBatch(): void {
  if (!customElements.get('edgeweb-csv')) customElements.define('edgeweb-csv', CsvBatch)
}
