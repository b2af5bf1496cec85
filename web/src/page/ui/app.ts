/** The page as one component: header, status, the interface that fits the model's task, footer. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Manifest, Model, Progress } from '../../shared/api.js'
import type { Network } from '../network.js'
import type { Updates } from '../updates.js'
import { footer, footerStyles } from './footer.js'
import { header, headerStyles } from './header.js'
import { privacy, privacyStyles } from './privacy.js'
import { Session, type Failure } from './session.js'
import { status, statusStyles, type StatusView, type Upgrade } from './status.js'
import { common } from './strings.gen.js'
import { dir, lang } from './strings.js'
import { controls, tokens } from './styles.js'
import { UpdateView, updateStyles } from './updates.js'

const REPORT = 'report/index.html'
const CARD = 'card.md'

/** What an interface has of the page around it. */
export interface Around {
  manifest: Manifest
  session: Session
  /** The site's own page and not one that embeds it. */
  own: boolean
  /** Of the examples, by their paths: blob: addresses, and files; null until they are there. */
  urls: ReadonlyMap<string, string> | null
  files: ReadonlyMap<string, Blob> | null
  /** Of the gallery's entries, by their ids: thumbnails that are there. */
  thumbnails: ReadonlyMap<string, string>
}

/** A script of its own, which a manifest names: what is between the page's top and its end. */
export interface Interface {
  /** web/build.mjs finds it as tasks/<kind>/page/ui-<name>.ts. */
  name: string
  /** What the page does, in one line. */
  purpose(manifest: Manifest): string
  content(around: Around): TemplateResult
}

/** That of this script. */
let chosen: Interface

const layout = css`
  :host { display: block; container-type: inline-size; font-family: var(--font); font-size: 1rem; line-height: 1.5; color: var(--text); text-align: start; -webkit-text-size-adjust: 100%; }
  .page { max-inline-size: 70rem; margin-inline: auto; padding: clamp(1.5rem, 4cqi, 3.5rem) clamp(1rem, 4cqi, 2.5rem) 0; display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
  .task { min-block-size: 26rem; padding-block-end: 2.5rem; }
  .skeleton { min-block-size: 26rem; border-radius: var(--radius); background: var(--surface); border: 1px solid var(--line); }
`

export class EdgeModelApp extends LitElement {
  static override properties = {
    manifest: { attribute: false },
    progress: { attribute: false },
    model: { attribute: false },
    upgrade: { attribute: false },
    error: { attribute: false },
    base: { attribute: false },
    updates: { attribute: false },
    network: { attribute: false },
    exampleUrls: { attribute: false },
    exampleFiles: { attribute: false },
    thumbnails: { attribute: false },
    panelOpen: { state: true },
    detailsOpen: { state: true },
    factsOpen: { state: true },
  }

  static override styles = [tokens, ...controls, headerStyles, privacyStyles, statusStyles, updateStyles, footerStyles, layout]

  declare manifest: Manifest | null
  declare progress: Progress | null
  declare model: Model | null
  /** How the better weights are doing, where a draft answered first; null: it never did. */
  declare upgrade: Upgrade | null
  declare error: Failure | null
  /** The site's root, to tell the own page from an embedding one. */
  declare base: URL | string
  /** The offline copy and its versions; null where the page has none. */
  declare updates: Updates | null
  /** What this document did on the network; null where the page around it is not the site's own. */
  declare network: Network | null
  /** From each example's path to a blob: URL of checked bytes; null until they are there. */
  declare exampleUrls: ReadonlyMap<string, string> | null
  /** The same bytes as files, for what takes no address. */
  declare exampleFiles: ReadonlyMap<string, Blob> | null
  /** Those of the gallery's entries, in their order; null until they are there. */
  declare thumbnails: readonly string[] | null
  declare private panelOpen: boolean
  declare private detailsOpen: boolean
  declare private factsOpen: boolean
  private gallery: ReadonlyMap<string, string> = new Map()
  private readonly session = new Session(this, () => this.requestUpdate())
  private readonly versions = new UpdateView(() => this.requestUpdate())

  constructor() {
    super()
    this.manifest = null
    this.progress = null
    this.model = null
    this.upgrade = null
    this.error = null
    this.base = document.baseURI
    this.updates = null
    this.network = null
    this.exampleUrls = null
    this.exampleFiles = null
    this.thumbnails = null
    this.panelOpen = false
    this.detailsOpen = false
    this.factsOpen = false
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('model')) this.session.model = this.model
    if (changed.has('thumbnails') || changed.has('manifest')) this.gallery = new Map([...(this.manifest?.gallery?.ids ?? []).entries()].reverse().flatMap(([i, id]) => (this.thumbnails?.[i] ? [[id, this.thumbnails[i]] as const] : [])))
    if (changed.has('upgrade') && this.upgrade?.state === 'done') this.session.renew()
    if (changed.has('updates')) this.versions.updates = this.updates
    if (changed.has('network') && this.network) this.network.onChange = () => this.requestUpdate()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // Whatever the page around it is written in.
    this.lang = lang
    this.dir = dir
    for (const type of ['dragover', 'drop'] as const) document.addEventListener(type, this.keepPage)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const type of ['dragover', 'drop'] as const) document.removeEventListener(type, this.keepPage)
  }

  /** A file dropped beside its target would replace the page, and what was entered with it. */
  private readonly keepPage = (event: DragEvent): void => {
    if (this.own && event.dataTransfer?.types.includes('Files')) event.preventDefault()
  }

  private readonly retry = (): void => {
    if (this.error) this.dispatchEvent(new CustomEvent('edgeweb-retry', { bubbles: true, composed: true }))
  }

  private readonly togglePanel = (event: Event): void => {
    // The policy's own disclosure stands inside.
    if (event.target === event.currentTarget) this.panelOpen = (event.currentTarget as HTMLDetailsElement).open
  }

  private readonly toggleDetails = (event: Event): void => {
    this.detailsOpen = (event.currentTarget as HTMLDetailsElement).open
  }

  private readonly toggleFacts = (event: Event): void => {
    this.factsOpen = (event.currentTarget as HTMLDetailsElement).open
  }

  private get site(): string {
    return new URL('.', new URL(this.base, document.baseURI)).href
  }

  /** Whether this is the site's own page and not one that embeds it. */
  private get own(): boolean {
    return new URL('.', location.href).href === this.site
  }

  private content(): TemplateResult {
    const { manifest, session, own } = this
    if (!manifest) return html`<div class="skeleton"></div>`
    return chosen.content({ manifest, session, own, urls: this.exampleUrls, files: this.exampleFiles, thumbnails: this.gallery })
  }

  /** The footer waits for what stands above it: it would be pushed down before the visitor's eyes. */
  protected override render(): TemplateResult {
    const { manifest, session, own, site, network, versions, error } = this
    const backend = this.model?.backend ?? null
    const promise = privacy({
      manifest, backend, network, site, own, failed: error !== null, open: this.panelOpen, toggle: this.togglePanel, copy: versions.section(manifest?.release ?? ''),
    })
    const lossy = manifest?.variants.find(({ id }) => id === backend?.variant)?.lossy === true
    const view: StatusView = { progress: this.progress, backend, lossy, times: session.times, upgrade: this.upgrade, failure: error, retry: this.retry, back: versions.backButton(), open: this.factsOpen, toggle: this.toggleFacts }
    const paper = (path: string): string => (own && manifest?.files[path] ? new URL(path, site).href : '')
    return html`<div class="page" role=${own ? 'main' : 'region'} aria-label=${own ? nothing : manifest?.title ?? nothing}>
      ${header(manifest, manifest ? chosen.purpose(manifest) : common.loading, own, promise)}
      ${status(view)}
      <div class="task">${this.content()}</div>
      ${manifest ? footer({ manifest, open: this.detailsOpen, toggle: this.toggleDetails, report: paper(REPORT), card: paper(CARD), offline: versions.offline() }) : nothing}
      ${versions.notice()}
    </div>`
  }
}

/**
 * Registers the app for an interface and returns its tag. Each is a script of its own with its own copy of this class, so that
 * a page downloads one file; two interfaces on one page must not share a tag.
 */
export function defineApp(one: Interface): string {
  chosen = one
  const tag = `edgeweb-app-${one.name}`
  if (!customElements.get(tag)) customElements.define(tag, EdgeModelApp)
  return tag
}
