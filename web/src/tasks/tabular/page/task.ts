/** Tabular models: one row as a typed form with its answer beside it, many rows as CSV below. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Manifest, Result, Row } from '../../../shared/api.js'
import { scoring } from '../../../page/ui/claims.js'
import { barStyles, classification, spoken } from '../../../page/ui/results/bars.js'
import { regression, spokenValues, valueStyles } from '../../../page/ui/results/values.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, type Failure, type Session } from '../../../page/ui/session.js'
import { common, tabular as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { defineBatch } from './batch.js'
import { buildFeeds, readPredictions } from './feeds.js'
import { field } from './form.js'
import { tabularStyles } from './styles.js'
import { parseValue, type Column, type Value } from './values.js'

/** From this many columns on the fields stand closer. */
const DENSE = 16

/** What an empty field says: a box that is not ticked no, every other one nothing. */
const blank = ({ type, choices }: Column): string => (type === 'boolean' && !choices?.length ? 'false' : '')

/** How a press ends. */
const ENDS = ['pointerup', 'pointercancel'] as const

class TabularTask extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    texts: { state: true },
    wrong: { state: true },
    busy: { state: true },
    result: { state: true },
    failed: { state: true },
    all: { state: true },
    bases: { state: true },
    free: { state: true },
  }

  static override styles = [...controls, barStyles, valueStyles, tabularStyles]

  declare manifest: Manifest
  declare session: Session
  declare private texts: readonly string[]
  declare private wrong: Readonly<Record<number, string>>
  declare private busy: boolean
  declare private result: Result | null
  declare private failed: Failure | null
  declare private all: boolean
  /** The numbers that "Predict" was pressed for, by their columns: sliders go around them. */
  declare private bases: readonly (number | undefined)[]
  /** The fields where another value than the choices is being written. */
  declare private free: ReadonlySet<number>
  /** Whether a slider's value is being predicted for, and whether another has come since. */
  private following = false
  private moved = false
  /** Whether something is being pressed, and the fields that were left by that. */
  private pressed = false
  private readonly left = new Set<number>()
  /** What the result is for: another list means that something was changed since. */
  private asked: readonly string[] = []

  constructor() {
    super()
    this.texts = []
    this.wrong = {}
    this.busy = false
    this.result = null
    this.failed = null
    this.all = false
    this.bases = []
    this.free = new Set()
  }

  private ends: () => void = () => undefined

  override connectedCallback(): void {
    super.connectedCallback()
    this.ends = this.session.onRenewal(this.again)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.ends()
  }

  /** What is shown, from better weights. */
  private readonly again = (): void => {
    const values = this.result && !this.stale && !this.busy ? this.columns.map((_, i) => this.check(i)) : []
    if (values.length && values.every((each) => each !== undefined)) void this.predict(values)
  }

  private get columns(): readonly Column[] {
    return this.manifest.tabular?.columns ?? []
  }

  /** A checkbox that was never touched says no; another field what is usual, where that is known. */
  private text(index: number): string {
    const column = this.columns[index]
    return this.texts[index] ?? (column ? String(column.value ?? blank(column)) : '')
  }

  private readonly change = (index: number, text: string): void => {
    const texts = this.columns.map((_, i) => this.text(i))
    texts[index] = text
    this.texts = texts
    if (this.wrong[index]) this.check(index)
  }

  /**
   * In place, on leaving a field; an empty one is not scolded before "Predict". Of a field that a press has left only
   * once it has ended: what is said of it moves what is pressed.
   */
  private readonly leave = (index: number): void => {
    if (this.pressed) this.left.add(index)
    else if (this.text(index) !== '' || this.wrong[index]) this.check(index)
  }

  private readonly press = (): void => {
    this.pressed = true
    const over = (): void => {
      for (const type of ENDS) window.removeEventListener(type, over)
      // After the click that the press becomes.
      setTimeout(() => {
        this.pressed = false
        for (const index of this.left) this.leave(index)
        this.left.clear()
      })
    }
    for (const type of ENDS) window.addEventListener(type, over)
  }

  private check(index: number): Value | undefined {
    const column = this.columns[index]
    if (!column) return undefined
    const parsed = parseValue(column, this.text(index))
    this.wrong = { ...this.wrong, [index]: 'wrong' in parsed ? parsed.wrong : '' }
    return 'value' in parsed ? parsed.value : undefined
  }

  private readonly pick = (index: number, text: string, free: boolean): void => {
    this.free = new Set([...this.free].filter((each) => each !== index).concat(free ? [index] : []))
    this.change(index, text)
    if (free) void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#column-${index}-other`)?.focus())
  }

  private readonly clear = (): void => {
    this.texts = this.columns.map(blank)
    this.free = new Set()
    this.wrong = {}
    this.result = null
    this.failed = null
    this.bases = []
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    const values = this.columns.map((_, i) => this.check(i))
    if (values.every((each) => each !== undefined)) void this.predict(values)
    else void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }

  private async predict(values: Value[]): Promise<void> {
    if (this.busy) return
    this.busy = true
    this.failed = null
    this.asked = this.texts
    this.bases = this.columns.map(({ type, choices }, i) => {
      const given = values[i]
      return type !== 'text' && !choices?.length && typeof given === 'number' && Number.isFinite(given) ? given : undefined
    })
    try {
      this.result = await this.ask(values)
    } catch (error) {
      this.result = null
      this.failed = failure(error)
    } finally {
      this.busy = false
    }
  }

  /** The answer follows the slider; of the values that come while one is worked on the last is taken. */
  private readonly slide = async (index: number, text: string): Promise<void> => {
    this.change(index, text)
    this.moved = true
    // Before the first prediction it only fills in.
    if (this.following || this.busy || !this.result) return
    this.following = true
    try {
      while (this.moved) {
        this.moved = false
        const { texts } = this
        const values = this.columns.map((_, i) => this.check(i))
        if (!values.every((each) => each !== undefined)) return
        this.result = await this.ask(values)
        this.asked = texts
      }
    } catch (error) {
      this.result = null
      this.failed = failure(error)
    } finally {
      this.following = false
    }
  }

  /** `predict` takes a row by column name; where two columns share a name only positions tell them apart. */
  private async ask(values: Value[]): Promise<Result> {
    const names = this.columns.map((column) => column.name)
    if (new Set(names).size === names.length) {
      const row: Row = Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]))
      return this.session.predict(row)
    }
    const begin = performance.now()
    const outputs = await this.session.run(buildFeeds(this.manifest, [values]))
    const [only] = readPredictions(this.manifest, outputs, 1)
    const milliseconds = performance.now() - begin
    if (!only || only.values.length) return { task: 'regression', values: only?.values ?? [], milliseconds }
    return { task: 'classification', labels: [{ label: only.label, score: only.score ?? NaN }], milliseconds }
  }

  private answer(): TemplateResult {
    if (this.failed) return problem(this.failed)
    if (this.busy) return html`<p class="wait">${this.session.model ? common.working : common.waiting}</p>`
    const { result } = this
    if (!result) return html`<p class="muted">${t.placeholder}</p>`
    return this.stale && !this.following ? html`<p class="small note">${common.stale}</p><div class="stale">${this.found(result)}</div>` : this.found(result)
  }

  /** Whether the form says something else now, or something that cannot be read. */
  private get stale(): boolean {
    return this.texts !== this.asked || Object.values(this.wrong).some(Boolean)
  }

  private found(result: Result): TemplateResult {
    if (result.task === 'classification') return classification(result.labels, this.all, () => { this.all = !this.all }, scoring(this.manifest))
    if (result.task !== 'regression') return html`<p class="muted">${common.another}</p>`
    return regression(result.values, result.names)
  }

  private announcement(): string {
    const { result } = this
    if (this.busy || this.following || !result) return ''
    if (result.task === 'classification') return `${common.result}: ${spoken(result.labels, scoring(this.manifest))}`
    return result.task === 'regression' ? `${common.result}: ${spokenValues(result.values, result.names)}` : ''
  }

  private fields(): TemplateResult[] {
    return this.columns.map((column, index) => field({
      column, index, text: this.text(index), wrong: this.wrong[index] ?? '', change: this.change, leave: this.leave, base: this.bases[index], slide: this.slide,
      free: this.free.has(index), pick: this.pick,
    }))
  }

  protected override render(): TemplateResult {
    const { columns } = this
    const faults = Object.values(this.wrong).filter(Boolean).length
    return html`<div class="card one">
        <form novalidate autocomplete="off" aria-label=${t.form} @submit=${this.submit} @pointerdown=${this.press}>
          <div class="head"><h2>${t.form}</h2>${columns.some(({ value: usual }, i) => usual != null && this.text(i) === String(usual)) ? html`<p class="muted">${t.typical}</p>` : nothing}</div>
          <div class="grid ${columns.length >= DENSE ? 'dense' : ''}">${this.fields()}</div>
          <div class="row"><button class="button primary" type="submit">${t.predict}</button>
            <button class="button quiet" type="button" @click=${this.clear}>${common.clear}</button>
            <p class="wrong" role="status">${faults ? t.fix(faults) : ''}</p></div>
        </form>
        <section class="answer" aria-label=${common.result}><div class="stay"><h2>${common.result}</h2>${this.answer()}
          ${this.bases.some((base) => base !== undefined) ? html`<p class="small muted how">${t.whatIf}</p>` : nothing}</div></section>
      </div>
      <p class="visually-hidden" role="status">${this.announcement()}</p>
      <edgeweb-csv .manifest=${this.manifest} .session=${this.session}></edgeweb-csv>`
  }
}

export function define(): void {
  defineBatch()
  if (!customElements.get('edgeweb-tabular')) customElements.define('edgeweb-tabular', TabularTask)
}
