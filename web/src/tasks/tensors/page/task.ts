/** Any model at all: a form made from its inputs, and its outputs as numbers and drawings. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Feeds, Manifest, Outputs } from '../../../shared/api.js'
import { problem } from '../../../page/ui/problem.js'
import { failure, InputError, type Failure, type Session } from '../../../page/ui/session.js'
import { common, tensors as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { adopt, resolve, type Info, type Sizes } from './dims.js'
import { defineInput, type InputChange } from './input.js'
import { defineOutput } from './output.js'
import { build, editable, type Source } from './source.js'
import { tensorStyles } from './styles.js'

const EMPTY: Source = { kind: 'text', text: '' }

class TensorsTask extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    session: { attribute: false },
    sources: { state: true },
    sizes: { state: true },
    problems: { state: true },
    busy: { state: true },
    failed: { state: true },
    outputs: { state: true },
  }

  static override styles = [...controls, tensorStyles]

  declare manifest: Manifest
  declare session: Session
  declare private sources: ReadonlyMap<string, Source>
  declare private sizes: Sizes
  declare private problems: ReadonlyMap<string, Failure>
  declare private busy: boolean
  declare private failed: Failure | null
  declare private outputs: Outputs | null
  /** What the outputs are for: other objects mean that something was changed since. */
  private asked: readonly [ReadonlyMap<string, Source>, Sizes] | null = null
  private stopper = new AbortController()

  constructor() {
    super()
    this.sources = new Map()
    this.sizes = { axes: {}, shapes: {} }
    this.problems = new Map()
    this.busy = false
    this.failed = null
    this.outputs = null
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
    const feeds = this.outputs && !this.stale && !this.busy ? this.feeds() : null
    if (feeds) void this.run(feeds)
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('manifest')) return
    this.sources = new Map()
    this.sizes = { axes: {}, shapes: {} }
    // Numbers that are known to run are a better start than an empty form; texts are for the visitor to write.
    this.useSamples((info) => info.type !== 'string')
  }

  /** The builder's golden inputs, with their shapes. */
  private useSamples(wanted: (info: Info) => boolean): void {
    const sources = new Map(this.sources)
    let { sizes } = this
    for (const golden of this.manifest.golden?.[0]?.inputs ?? []) {
      const info = this.manifest.inputs.find((input) => input.name === golden.name)
      const adopted = info && adopt(info, golden.dims, sizes)
      if (!info || !adopted) continue
      sizes = adopted
      if (wanted(info)) sources.set(info.name, editable({ kind: 'sample', golden }, info, golden.dims))
    }
    this.sources = sources
    this.sizes = sizes
    this.problems = new Map()
  }

  private change(info: Info, { source, sizes }: InputChange): void {
    this.sources = new Map(this.sources).set(info.name, source)
    this.sizes = sizes
    const problems = new Map(this.problems)
    problems.delete(info.name)
    this.problems = problems
  }

  /** The feeds, or null after noting what is wrong beside each input. */
  private feeds(): Feeds | null {
    const problems = new Map<string, Failure>()
    const feeds = new Map<string, Feeds[string]>()
    for (const info of this.manifest.inputs) {
      try {
        const dims = resolve(info, this.sizes)
        if (!dims) throw new InputError(t.badDim, t.fixHint)
        feeds.set(info.name, build(info, dims, this.sources.get(info.name) ?? EMPTY))
      } catch (error) {
        problems.set(info.name, failure(error))
      }
    }
    this.problems = problems
    return problems.size ? null : Object.fromEntries(feeds)
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    const feeds = this.busy ? null : this.feeds()
    if (feeds) void this.run(feeds)
  }

  private async run(feeds: Feeds): Promise<void> {
    this.busy = true
    this.failed = null
    const asked = [this.sources, this.sizes] as const
    const { signal } = (this.stopper = new AbortController())
    try {
      this.outputs = await this.session.run(feeds, signal)
      this.asked = asked
    } catch (error) {
      if (signal.aborted) return this.goOn()
      this.outputs = null
      this.failed = failure(error)
    } finally {
      this.busy = false
    }
  }

  /** The stop button goes away; keyboards go on from the one that starts a run. */
  private goOn(): void {
    // A microtask later, when the end of the run has asked for its update.
    void Promise.resolve().then(() => this.updateComplete).then(() => this.renderRoot.querySelector<HTMLElement>('.run .primary')?.focus())
  }

  /** Whether the inputs say something else now. */
  private get stale(): boolean {
    return this.problems.size > 0 || this.sources !== this.asked?.[0] || this.sizes !== this.asked[1]
  }

  private results(): TemplateResult {
    if (this.failed) return problem(this.failed)
    if (!this.outputs) return html`<p class="card empty">${t.placeholder}</p>`
    const { stale } = this
    return html`${stale ? html`<p class="small note">${common.stale}</p>` : nothing}<div class="cards ${stale ? 'stale' : ''}">${Object.entries(this.outputs).map(([name, tensor]) =>
      html`<edgeweb-tensor-output .name=${name} .tensor=${tensor}></edgeweb-tensor-output>`)}</div>`
  }

  protected override render(): TemplateResult {
    const { manifest, busy } = this
    const waiting = this.session.model ? common.working : common.waiting
    const done = this.outputs && !busy ? t.done(Object.keys(this.outputs).length) : ''
    return html`
      <div class="heading"><h2>${t.inputs}</h2>${manifest.golden?.length
        ? html`<button class="button quiet push" type="button" @click=${() => this.useSamples(() => true)}>${t.sample}</button>` : nothing}</div>
      <div class="cards">${manifest.inputs.map((info) => html`<edgeweb-tensor-input .info=${info} .sizes=${this.sizes}
        .source=${this.sources.get(info.name) ?? EMPTY} .problem=${this.problems.get(info.name) ?? null}
        @change=${(event: CustomEvent<InputChange>) => this.change(info, event.detail)}></edgeweb-tensor-input>`)}</div>
      <div class="run"><button class="button primary" type="button" ?disabled=${busy} @click=${this.submit}>${t.run}</button>
        ${busy ? html`<button class="button" type="button" @click=${() => this.stopper.abort()}>${common.stop}</button>` : nothing}
        <p class="muted small" role="status">${busy ? waiting : done}</p></div>
      <div class="heading"><h2>${t.outputs}</h2></div>
      ${this.results()}`
  }
}

export function define(): void {
  defineInput()
  defineOutput()
  if (!customElements.get('edgeweb-tensors')) customElements.define('edgeweb-tensors', TensorsTask)
}
