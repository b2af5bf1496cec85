/** Models of measurements: rows from a file, pasted, or sent to the page; a chart with what was expected, and an alarm. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { alarmsIn } from '../shared/alarms.js'
import type { Alarm, Manifest, Result } from '../../../shared/api.js'
import { fromText, type Table } from './rows.js'
import { decodeText } from '../../../page/ui/csv.js'
import { CSV_TYPE, save } from '../../../page/ui/save.js'
import { value } from '../../../page/ui/format.js'
import { examples } from '../../../page/ui/results/examples.js'
import * as icons from '../../../page/ui/icons.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { common, results, series as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { plain } from '../../../page/ui/plain.js'
import { chart, chartStyles, short } from './chart.js'
import { meant, rowsIn } from './stream.js'
import { seriesStyles } from './styles.js'

type Series = Extract<Result, { task: 'series' }>
/** Of a stream so many rows are kept, beside those that the model takes at once. */
const KEPT = 600
const CHARTS = 6
const LISTED = 50

class SeriesTask extends LitElement {
  static override properties = {
    manifest: { attribute: false }, session: { attribute: false }, files: { attribute: false }, own: { attribute: false },
    text: { state: true }, table: { state: true }, result: { state: true }, failed: { state: true }, busy: { state: true }, over: { state: true },
    threshold: { state: true }, received: { state: true }, rejected: { state: true },
  }

  static override styles = [...controls, chartStyles, seriesStyles]

  declare manifest: Manifest
  declare session: Session
  declare files: ReadonlyMap<string, Blob> | null
  declare own: boolean
  declare private text: string
  /** The rows that the result is about. */
  declare private table: Table | null
  declare private result: Series | null
  declare private failed: Failure | null
  declare private busy: boolean
  declare private over: boolean
  declare private threshold: number | null
  declare private received: number
  declare private rejected: number
  /** Rows of the stream, and how many before them were let go. */
  private stream: number[][] = []
  private gone = 0
  private streaming = false
  /** How many rows stand before the table's first, which the chart counts from. */
  private skipped = 0
  private dropTarget: EventTarget = this
  private ends: () => void = () => undefined

  constructor() {
    super()
    this.text = ''
    this.table = this.result = this.failed = this.threshold = null
    this.busy = this.over = false
    this.received = this.rejected = 0
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.threshold = this.manifest.series?.threshold ?? null
    this.ends = this.session.onRenewal(() => { if (this.table && !this.streaming) void this.run(this.table) })
    this.dropTarget = this.own ? document : this
    for (const type of ['dragover', 'dragleave', 'drop']) this.dropTarget.addEventListener(type, this.onDrag)
    window.addEventListener('message', this.onMessage)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const type of ['dragover', 'dragleave', 'drop']) this.dropTarget.removeEventListener(type, this.onDrag)
    window.removeEventListener('message', this.onMessage)
    this.ends()
  }

  private get columns(): readonly string[] {
    return this.manifest.series?.columns ?? []
  }

  private readonly onDrag = (event: Event): void => {
    const drag = event as DragEvent
    if (!drag.dataTransfer?.types.includes('Files')) return
    drag.preventDefault()
    this.over = drag.type === 'dragover'
    const [file] = drag.type === 'drop' ? drag.dataTransfer.files : []
    if (file) void this.take(file)
  }

  private readonly onPick = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement
    const [file] = input.files ?? []
    input.value = ''
    if (file) void this.take(file)
  }

  private async take(file: File): Promise<void> {
    try {
      this.text = decodeText(await file.arrayBuffer())
      await this.submit()
    } catch (error) {
      this.failed = failure(error)
    }
  }

  private readonly submit = async (event?: Event): Promise<void> => {
    event?.preventDefault()
    this.streaming = false
    this.failed = null
    try {
      this.skipped = 0
      await this.run(fromText(this.text, this.columns))
    } catch (error) {
      this.result = null
      this.failed = failure(error)
    }
  }

  /** Only from this origin: an embedding page's own scripts, or this page's. */
  private readonly onMessage = ({ data, origin }: MessageEvent): void => {
    if (origin !== location.origin || !meant(data, this.columns)) return
    const rows = rowsIn(data, this.columns)
    if (rows === null) return void (this.rejected += 1)
    if (!this.streaming) {
      this.stream = []
      this.gone = this.received = this.rejected = 0
      this.streaming = true
      Object.assign(this, { result: null, failed: null, table: null })
    }
    this.received += rows.length
    this.stream.push(...rows)
    const most = KEPT + (this.manifest.series?.window ?? 0)
    const old = Math.max(0, this.stream.length - most)
    this.stream.splice(0, old)
    this.gone += old
    if (!this.busy) void this.follow()
  }

  /** What came while the model worked is taken with the next turn. */
  private async follow(): Promise<void> {
    try {
      for (let seen = -1; this.streaming && seen !== this.received;) {
        seen = this.received
        if (this.stream.length < (this.manifest.series?.window ?? 1)) return
        const before = this.gone
        const values = Float32Array.from(this.stream.flat())
        await this.run({ values, times: [], filled: 0 }, before)
      }
    } catch (error) {
      this.failed = failure(error)
    }
  }

  private async run(table: Table, skipped = 0): Promise<void> {
    this.busy = true
    try {
      const result = await this.session.predict(table.values)
      if (result.task === 'series') Object.assign(this, { result, table, skipped })
    } finally {
      this.busy = false
    }
  }

  private get alarms(): Alarm[] {
    return this.result ? alarmsIn(this.result, this.threshold) : []
  }

  private readonly setThreshold = (event: Event): void => {
    const { value: text } = event.currentTarget as HTMLInputElement
    this.threshold = text.trim() === '' || !Number.isFinite(Number(text)) ? null : Number(text)
  }

  private form(): TemplateResult {
    const [first = 'value'] = this.columns
    const example = this.columns.length === 1 ? `{ row: { ${JSON.stringify(first)}: 21.5 } }` : `{ row: { ${this.columns.slice(0, 2).map((column) => `${JSON.stringify(column)}: 0`).join(', ')}${this.columns.length > 2 ? ', …' : ''} } }`
    const names = plain(this.columns.slice(0, 8).join(', ') + (this.columns.length > 8 ? ', …' : ''), 300)
    const use = (file: File): void => void this.take(file)
    return html`<form class="card part ${this.over ? 'over' : ''}" novalidate @submit=${this.submit}>
      <div class="field"><label for="rows">${t.input}</label><p class="muted small" id="rows-how">${t.paste(names)}</p>
        <textarea id="rows" rows="7" spellcheck="false" aria-describedby="rows-how" .value=${this.text} @input=${(event: Event) => { this.text = (event.currentTarget as HTMLTextAreaElement).value }}></textarea></div>
      <div class="row"><button class="button primary" type="submit">${t.run}</button>
        <label class="button"><input class="visually-hidden" type="file" accept=".csv,.tsv,.txt,text/csv" @change=${this.onPick}>${t.choose}</label>
        ${this.text ? html`<button class="button quiet push" type="button" @click=${() => { this.text = '' }}>${common.clear}</button>` : nothing}</div>
      ${examples('file', { paths: this.manifest.examples ?? [], urls: null, files: this.files }, use)}
      <details><summary>${t.stream}</summary><p class="muted small how">${t.streamHow(example)}</p></details>
    </form>`
  }

  private limit(): TemplateResult {
    const { alarm = 'error' } = this.manifest.series ?? {}
    return html`<div class="limit field"><label for="threshold">${t.threshold} <span class="muted">${t.when[alarm]}</span></label>
      <input id="threshold" type="number" step="any" inputmode="decimal" placeholder=${t.none} .value=${this.threshold === null ? '' : String(this.threshold)} @input=${this.setThreshold}></div>`
  }

  private charts(result: Series, table: Table): TemplateResult {
    const { columns, targets, rows, start, predicted, scores, scored, alarm } = result
    const to = Math.max(rows, start + predicted.length)
    const alarms = this.alarms
    const kind = this.manifest.series?.result
    // The predicted columns first: they are what it is about.
    const order = [...targets, ...columns.keys()].filter((place, i, all) => all.indexOf(place) === i).slice(0, CHARTS)
    const place = { from: 0, to, known: rows, low: false, alarms }
    const of = (column: number): TemplateResult => {
      const target = targets.indexOf(column)
      const measured = { start: 0, values: Array.from({ length: rows }, (_, row) => table.values[row * columns.length + column] ?? NaN), kind: '' } as const
      const expected = target < 0 ? [] : [{ start, values: predicted.map((row) => row[target] ?? NaN), kind: 'expected' } as const]
      const keys = [{ text: t.measured, expected: false }, ...(target < 0 ? [] : [{ text: kind === 'forecast' ? t.predicted : t.reconstructed, expected: true }])]
      const limited = alarm !== 'error' && target === 0
      return chart({ ...place, title: plain(columns[column] ?? '', 80), label: t.chart(plain(columns[column] ?? '', 80), rows), keys, lines: [measured, ...expected], limit: limited ? this.threshold : null })
    }
    const errors = scores.length === 0 ? nothing : chart({ ...place, title: kind === 'score' ? t.scoreOnly : t.score, label: t.chart(kind === 'score' ? t.scoreOnly : t.score, rows), keys: [], lines: [{ start: scored, values: scores, kind: 'score' }], limit: alarm === 'error' ? this.threshold : null, low: true })
    return html`${order.map(of)}${errors}<div class="axis" aria-hidden="true"><span>${this.when(0)}</span><span>${this.when(rows - 1)}</span></div>`
  }

  /** A row as people find it again: its time, or its number. */
  private when(row: number): string {
    return plain(this.table?.times[row] ?? String(this.skipped + row + 1), 40)
  }

  private alarmed(): string {
    return this.alarms.length ? t.alarms(this.alarms.length) : t.noAlarm
  }

  private span(from: string, to: string): string {
    return from === to ? t.alarmAt(from) : t.alarm(from, to)
  }

  private summary(result: Series): TemplateResult {
    const ahead = result.start + result.predicted.length - result.rows
    const next = ahead > 0 ? result.predicted[result.rows - result.start] ?? [] : []
    const words = next.map((found, i) => (next.length > 1 ? `${result.columns[result.targets[i] ?? 0] ?? ''} ` : '') + value(short(found))).join(', ')
    return html`<p class="headline">${ahead > 0 ? html`<strong>${plain(ahead > 1 ? t.nextMore(words, ahead - 1) : t.next(words), 200)}</strong>` : nothing}
      ${this.threshold === null ? nothing : html`<span class=${this.alarms.length ? 'alarmed' : 'muted'}>${this.alarms.length ? icons.alert : icons.check}${this.alarmed()}</span>`}</p>`
  }

  private list(alarms: readonly Alarm[]): TemplateResult | typeof nothing {
    if (alarms.length === 0) return nothing
    return html`<ol class="alarms" tabindex="0" aria-label=${t.list}>${alarms.slice(0, LISTED).map(({ start, end, score }) => html`<li><span>${this.span(this.when(start), this.when(end))}</span><span class="muted numbers">${value(short(score))}</span></li>`)}</ol>
      ${alarms.length > LISTED ? html`<p class="muted small">${t.more(alarms.length - LISTED)}</p>` : nothing}`
  }

  private readonly download = (): void => {
    const { result, table } = this
    if (!result || !table) return
    const { columns, targets, rows, start, predicted, scores, scored } = result
    const cell = (text: string): string => (/[",;\n]|^[=+@]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
    const head = ['row', ...columns, ...targets.map((place) => `${columns[place] ?? ''} ${t.predicted}`), ...(scores.length ? ['score'] : [])]
    const lines = Array.from({ length: Math.max(rows, start + predicted.length) }, (_, row) => [
      row < rows ? this.when(row) : String(this.skipped + row + 1), ...columns.map((_, c) => (row < rows ? String(table.values[row * columns.length + c]) : '')),
      ...targets.map((_, k) => String(predicted[row - start]?.[k] ?? '')), ...(scores.length ? [String(scores[row - scored] ?? '')] : []),
    ])
    save(`${plain(this.manifest.name, 60)}.csv`, [head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n'), CSV_TYPE)
  }

  private answer(): TemplateResult {
    const { result, table } = this
    const need = this.manifest.series?.window ?? 1
    const counted = this.received ? html`<p class="muted small" role="status">${this.streaming ? html`<span class="dot" aria-hidden="true"></span>` : nothing}${t.received(this.received)}${this.rejected ? `; ${t.rejected(this.rejected)}` : ''}</p>` : nothing
    if (this.failed) return html`${problem(this.failed)}${counted}`
    if (this.streaming && !result) return html`<p class="muted">${t.waitingRows(this.stream.length, need)}</p>${counted}`
    if (!result || !table) return html`<p class="muted">${this.busy ? (this.session.model ? common.working : common.waiting) : t.placeholder}</p>${counted}`
    return html`${this.summary(result)}${counted}${this.charts(result, table)}
      ${table.filled ? html`<p class="muted small">${t.filled(table.filled)}</p>` : nothing}${this.list(this.alarms)}
      <div class="row"><button class="button chip" type="button" @click=${this.download}>${icons.download}${t.csv}</button></div>`
  }

  private announcement(): string {
    if (!this.result || this.streaming) return this.streaming && this.alarms.length ? t.alarms(this.alarms.length) : ''
    return `${common.result}: ${this.threshold === null ? results.done : this.alarmed()}`
  }

  protected override render(): TemplateResult {
    return html`${this.form()}
      <section class="card part answer" aria-label=${common.result} aria-busy=${this.busy && !this.streaming}>
        <div class="head"><h2>${common.result}</h2>${this.limit()}</div>${this.answer()}</section>
      <p class="visually-hidden" role="status">${this.announcement()}</p>`
  }
}

export function define(): void {
  if (!customElements.get('edgeweb-series')) customElements.define('edgeweb-series', SeriesTask)
}
