/** Many texts at once: the lines of a file or of a field; the labels as a table and as a download. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { LabelScore, Manifest } from '../../../shared/api.js'
import { decodeText, writeCsv } from '../../../page/ui/csv.js'
import { CSV_TYPE, save } from '../../../page/ui/save.js'
import { scoring } from '../../../page/ui/claims.js'
import { percent, value } from '../../../page/ui/format.js'
import * as icons from '../../../page/ui/icons.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, InputError, type Failure, type Session } from '../../../page/ui/session.js'
import { common, text as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { name, plain } from '../../../page/ui/plain.js'
import { textStyles } from './styles.js'

const SHOWN = 200

interface Line extends LabelScore {
  text: string
  /** Of a model that gives numbers. */
  values: readonly number[]
}

/** A label that stands alone has none. */
function figure(score: number): string {
  if (Number.isNaN(score)) return ''
  return score >= 0 && score <= 1 ? percent(score) : value(score)
}

class TextLines extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    over: { state: true },
    busy: { state: true },
    failed: { state: true },
    lines: { state: true },
  }

  static override styles = [...controls, textStyles]

  declare manifest: Manifest
  declare session: Session
  declare private over: boolean
  /** What is going on, or the empty text. */
  declare private busy: string
  declare private failed: Failure | null
  declare private lines: readonly Line[] | null
  private stopper = new AbortController()

  constructor() {
    super()
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
      const texts = (await read()).split(/\r?\n/).map((line) => line.trim()).filter(Boolean)
      if (texts.length === 0) throw new InputError(t.nothing, t.nothingHint)
      const model = await this.session.ready(signal)
      for (const text of texts) {
        const result = await model.predict(text, { signal })
        const best = result.task === 'classification' ? result.labels[0] : undefined
        done.push({ text, label: best?.label ?? '', score: best?.score ?? NaN, values: result.task === 'regression' ? result.values : [] })
        this.busy = t.progress(done.length, texts.length)
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

  private results(lines: readonly Line[]): TemplateResult {
    const { columns: c } = t
    // A score that is no probability is for files: there nobody takes it for one.
    const ranked = scoring(this.manifest) === 'order'
    const csv = (): void => save(`${plain(this.manifest.name, 60)}-results.csv`, writeCsv([[c.text, c.label, c.score], ...lines.map(({ text, label, score }) => [text, label, Number.isNaN(score) ? '' : score])]), CSV_TYPE)
    return html`<div class="row"><h3>${t.done(lines.length)}</h3><button class="button primary push" type="button" @click=${csv}>${icons.download}${t.csv}</button></div>
      <div class="scroll" tabindex="0" role="region" aria-label=${t.done(lines.length)}><table>
        <thead><tr><th scope="col">${c.label}</th>${ranked ? nothing : html`<th scope="col" class="end">${c.score}</th>`}<th scope="col">${c.text}</th></tr></thead>
        <tbody>${lines.slice(0, SHOWN).map(({ text, label, score }) => html`<tr><td class="is">${name(label)}</td>${ranked ? nothing : html`<td class="end">${figure(score)}</td>`}<td>${plain(text)}</td></tr>`)}</tbody></table></div>
      ${lines.length > SHOWN ? html`<p class="muted small">${t.shown(SHOWN, lines.length)}</p>` : nothing}`
  }

  private get numeric(): boolean {
    return this.manifest.text?.result === 'regression'
  }

  private values(lines: readonly Line[]): TemplateResult {
    const { columns: c } = t
    const count = lines[0]?.values.length ?? 1
    const labels = this.manifest.labels ?? []
    const names = Array.from({ length: count }, (_, i) => (labels.length === count ? (labels[i] ?? '') : count === 1 ? c.value : `${c.value} ${i + 1}`))
    const csv = (): void => save(`${plain(this.manifest.name, 60)}-results.csv`, writeCsv([[c.text, ...names], ...lines.map(({ text, values }) => [text, ...values])]), CSV_TYPE)
    return html`<div class="row"><h3>${t.read(lines.length)}</h3><button class="button primary push" type="button" @click=${csv}>${icons.download}${t.csv}</button></div>
      <div class="scroll" tabindex="0" role="region" aria-label=${t.read(lines.length)}><table>
        <thead><tr>${names.map((each) => html`<th scope="col" class="end">${name(each)}</th>`)}<th scope="col">${c.text}</th></tr></thead>
        <tbody>${lines.slice(0, SHOWN).map(({ text, values }) => html`<tr>${values.map((each) => html`<td class="is end">${value(each)}</td>`)}<td>${plain(text)}</td></tr>`)}</tbody></table></div>
      ${lines.length > SHOWN ? html`<p class="muted small">${t.shown(SHOWN, lines.length)}</p>` : nothing}`
  }

  protected override render(): TemplateResult {
    return html`<section class="card many ${this.over ? 'over' : ''}" aria-label=${t.many} @dragover=${this.onDrag} @dragleave=${this.onDrag} @drop=${this.onDrag}>
      <div><h2>${t.many}</h2><p class="muted">${t.manyHow}</p></div>
      <div class="field"><label for="lines">${t.paste}</label><textarea id="lines" class="prose low" dir="auto"></textarea></div>
      <div class="row"><button class="button" type="button" ?disabled=${this.busy !== ''} @click=${this.predictPasted}>${this.numeric ? t.readAll : t.predict}</button>
        <label class="button quiet"><input class="visually-hidden" type="file" accept=".txt,.csv,text/plain" @change=${this.onPick}>${icons.table}${t.choose}</label>
        ${this.busy ? html`<button class="button" type="button" @click=${this.stop}>${common.stop}</button>` : nothing}
        <p class="muted" role="status">${this.busy || (this.lines ? html`<span class="visually-hidden">${(this.numeric ? t.read : t.done)(this.lines.length)}</span>` : '')}</p></div>
      ${this.failed ? problem(this.failed) : nothing}
      ${this.lines ? (this.numeric ? this.values(this.lines) : this.results(this.lines)) : nothing}
    </section>`
  }
}

export function defineLines(): void {
  if (!customElements.get('edgeweb-lines')) customElements.define('edgeweb-lines', TextLines)
}
