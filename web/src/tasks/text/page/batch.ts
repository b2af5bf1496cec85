/** Many texts at once: the lines of a file or of a field; the labels or answers as a table and as a download. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Manifest, TextOptions } from '../../../shared/api.js'
import { decodeText, writeCsv } from '../../../page/ui/csv.js'
import { CSV_TYPE, save } from '../../../page/ui/save.js'
import { scoring } from '../../../page/ui/claims.js'
import { fixed, percent, value } from '../../../page/ui/format.js'
import * as icons from '../../../page/ui/icons.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, InputError, type Failure, type Session } from '../../../page/ui/session.js'
import { common, results, text as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { name, plain } from '../../../page/ui/plain.js'
import { entriesOf, inputOf, lineOf, type Asks, type Line } from './entries.js'
import type { Form } from './form.js'
import { textStyles } from './styles.js'

const SHOWN = 200

/** A label that stands alone has none. */
function figure(score: number): string {
  if (Number.isNaN(score)) return ''
  return score >= 0 && score <= 1 ? percent(score) : value(score)
}

class TextLines extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    form: { attribute: false },
    asks: { attribute: false },
    options: { attribute: false },
    over: { state: true },
    busy: { state: true },
    failed: { state: true },
    lines: { state: true },
  }

  static override styles = [...controls, textStyles]

  declare manifest: Manifest
  declare session: Session
  declare form: Form
  declare asks: Asks
  /** How texts are written, as the visitor has set it. */
  declare options: TextOptions
  declare private over: boolean
  /** What is going on, or the empty text. */
  declare private busy: string
  declare private failed: Failure | null
  declare private lines: readonly Line[] | null
  private stopper = new AbortController()

  constructor() {
    super()
    this.form = 'classification'
    this.asks = {}
    this.options = {}
    this.over = false
    this.busy = ''
    this.failed = null
    this.lines = null
  }

  private async predict(read: () => Promise<string>): Promise<void> {
    if (this.busy) return
    this.failed = null
    this.lines = null
    const { signal } = (this.stopper = new AbortController())
    const done: Line[] = []
    this.busy = common.waiting
    try {
      const { form, asks } = this
      const entries = entriesOf(await read(), form)
      if (entries.length === 0) throw new InputError(t.nothing, t.nothingHint)
      if (form === 'labels' && !asks.labels?.length) throw new InputError(t.nothingElse.labels, t.nothingHint)
      const model = await this.session.ready(signal)
      for (const entry of entries) {
        const [input, options] = inputOf(entry, form, asks)
        done.push(lineOf(entry, await model.predict(input, { ...this.options, ...options, signal })))
        this.busy = t.progress(done.length, entries.length)
      }
    } catch (error) {
      if (!signal.aborted) this.failed = failure(error)
    } finally {
      this.busy = ''
      if (done.length) this.lines = done
    }
  }

  private useFile(file: File | undefined): void {
    if (file) void this.predict(async () => decodeText(await file.arrayBuffer()))
  }

  private readonly onPick = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement
    const file = input.files?.[0]
    input.value = ''
    this.useFile(file)
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

  private readonly stop = (): void => {
    this.stopper.abort()
    this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
  }

  /** What the table and the file call the columns of what was given. */
  private given(lines: readonly Line[]): [string, (line: Line) => string][] {
    const { columns: c } = t
    const answers = this.form === 'answers'
    const second = lines.some((line) => line.second !== undefined)
    const columns: [string, (line: Line) => string][] = [[answers ? c.question : c.text, ({ text }) => text]]
    return second ? [...columns, [answers ? c.context : c.pair, (line) => line.second ?? '']] : columns
  }

  private save(lines: readonly Line[], names: readonly string[], cells: (line: Line) => (string | number)[]): void {
    const given = this.given(lines)
    const rows = lines.map((line) => [...given.map(([, of]) => of(line)), ...cells(line)])
    save(`${plain(this.manifest.name, 60)}-results.csv`, writeCsv([[...given.map(([head]) => head), ...names], ...rows]), CSV_TYPE)
  }

  private results(lines: readonly Line[]): TemplateResult {
    const { columns: c } = t
    const answers = this.form === 'answers'
    // A score that is no probability is for files: there nobody takes it for one.
    const ranked = !answers && scoring(this.manifest) === 'order'
    const given = this.given(lines)
    const what = answers ? c.answer : c.label
    const csv = (): void => this.save(lines, [what, c.score], ({ label, score }) => [label, Number.isNaN(score) ? '' : score])
    const done = this.told(lines.length)
    return html`<div class="row"><h3>${done}</h3><button class="button primary push" type="button" @click=${csv}>${icons.download}${t.csv}</button></div>
      <div class="scroll" tabindex="0" role="region" aria-label=${done}><table>
        <thead><tr><th scope="col">${what}</th>${ranked ? nothing : html`<th scope="col" class="end">${c.score}</th>`}${given.map(([head]) => html`<th scope="col">${head}</th>`)}</tr></thead>
        <tbody>${lines.slice(0, SHOWN).map((line) => html`<tr><td class="is">${name(line.label)}</td>${ranked ? nothing : html`<td class="end">${answers ? fixed(line.score, 3) : figure(line.score)}</td>`}${given.map(([, of]) => html`<td>${plain(of(line), 300)}</td>`)}</tr>`)}</tbody></table></div>
      ${lines.length > SHOWN ? html`<p class="muted small">${t.shown(SHOWN, lines.length)}</p>` : nothing}`
  }

  /** Of a model that writes. */
  private texts(lines: readonly Line[]): TemplateResult {
    const { writes: w, columns: c } = t
    const csv = (): void => this.save(lines, [w.column], ({ label }) => [label])
    return html`<div class="row"><h3>${w.done(lines.length)}</h3><button class="button primary push" type="button" @click=${csv}>${icons.download}${t.csv}</button></div>
      <div class="scroll" tabindex="0" role="region" aria-label=${w.done(lines.length)}><table>
        <thead><tr><th scope="col">${c.text}</th><th scope="col">${w.column}</th></tr></thead>
        <tbody>${lines.slice(0, SHOWN).map(({ text, label }) => html`<tr><td>${plain(text, 300)}</td><td dir="auto">${label.trim() ? plain(label, 2000) : html`<span class="muted">${results.unwritten}</span>`}</td></tr>`)}</tbody></table></div>
      ${lines.length > SHOWN ? html`<p class="muted small">${t.shown(SHOWN, lines.length)}</p>` : nothing}`
  }

  private table(lines: readonly Line[]): TemplateResult {
    return this.numeric ? this.values(lines) : this.form === 'text' ? this.texts(lines) : this.results(lines)
  }

  private told(count: number): string {
    return (this.numeric ? t.read : this.form === 'answers' ? t.answered : this.form === 'text' ? t.writes.done : t.done)(count)
  }

  private get numeric(): boolean {
    return this.manifest.text?.result === 'regression'
  }

  private values(lines: readonly Line[]): TemplateResult {
    const { columns: c } = t
    const count = lines[0]?.values.length ?? 1
    const labels = this.manifest.labels ?? []
    const names = Array.from({ length: count }, (_, i) => (labels.length === count ? (labels[i] ?? '') : count === 1 ? c.value : `${c.value} ${i + 1}`))
    const given = this.given(lines)
    const csv = (): void => this.save(lines, names, ({ values }) => [...values])
    return html`<div class="row"><h3>${t.read(lines.length)}</h3><button class="button primary push" type="button" @click=${csv}>${icons.download}${t.csv}</button></div>
      <div class="scroll" tabindex="0" role="region" aria-label=${t.read(lines.length)}><table>
        <thead><tr>${names.map((each) => html`<th scope="col" class="end">${name(each)}</th>`)}${given.map(([head]) => html`<th scope="col">${head}</th>`)}</tr></thead>
        <tbody>${lines.slice(0, SHOWN).map((line) => html`<tr>${line.values.map((each) => html`<td class="is end">${value(each)}</td>`)}${given.map(([, of]) => html`<td>${plain(of(line), 300)}</td>`)}</tr>`)}</tbody></table></div>
      ${lines.length > SHOWN ? html`<p class="muted small">${t.shown(SHOWN, lines.length)}</p>` : nothing}`
  }

  protected override render(): TemplateResult {
    const answers = this.form === 'answers'
    const run = this.numeric ? t.readAll : answers ? t.answerAll : this.form === 'text' ? t.writes.all : t.predict
    return html`<section class="card many ${this.over ? 'over' : ''}" aria-label=${t.many} @dragover=${this.onDrag} @dragleave=${this.onDrag} @drop=${this.onDrag}>
      <div><h2>${t.many}</h2><p class="muted">${answers ? t.manyAnswers : t.manyHow}</p></div>
      <div class="field"><label for="lines">${answers ? t.pasteAnswers : t.paste}</label><textarea id="lines" class="prose low" dir="auto"></textarea></div>
      <div class="row"><button class="button" type="button" ?disabled=${this.busy !== ''} @click=${this.predictPasted}>${run}</button>
        <label class="button quiet"><input class="visually-hidden" type="file" accept=".txt,.csv,text/plain" @change=${this.onPick}>${icons.table}${t.choose}</label>
        ${this.busy ? html`<button class="button" type="button" @click=${this.stop}>${common.stop}</button>` : nothing}
        <p class="muted" role="status">${this.busy || (this.lines ? html`<span class="visually-hidden">${this.told(this.lines.length)}</span>` : '')}</p></div>
      ${this.failed ? problem(this.failed) : nothing}
      ${this.lines ? this.table(this.lines) : nothing}
    </section>`
  }
}

export function defineLines(): void {
  if (!customElements.get('edgeweb-lines')) customElements.define('edgeweb-lines', TextLines)
}
