/** `<edge-model src="/site/">`: the page's interface, anywhere. */
import type { Model, Progress } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import { defaultSite, loadSite, siteBase } from './load.js'
import { importChecked } from './bytes/module.js'
import { Network } from './network.js'
import { assetOf } from './bytes/plan.js'
import { begun } from './bytes/requests.js'
import { examplesShown, settle, thumbnailsShown, updatesAfterFailure } from './settle.js'
import type { Site } from './site.js'
import { earlyWords, translated } from './translate.js'
import type { EdgeModelApp } from './ui/app.js'

type View = Partial<Pick<EdgeModelApp, 'manifest' | 'progress' | 'model' | 'error' | 'network' | 'updates' | 'exampleUrls' | 'exampleFiles' | 'thumbnails' | 'upgrade'>>

/**
 * How long after the page began the interface waits for the model. On a fast line both want the processor at the same moment, and the model is
 * ready sooner when the interface lets it go first; on a slow line there is time to show how far the download is.
 */
const GIVE_WAY_MS = 1200

/** Whoever waits for `edge-ready` gets a first answer before the interface takes the main thread. */
const AFTER_READY_MS = 50

class EdgeModel extends HTMLElement {
  static readonly observedAttributes = ['src']
  private current: AbortController | undefined
  private model: Model | undefined
  private network: Network | undefined
  /** When the whole model answers, or is known not to come. */
  private settled = Promise.resolve()

  connectedCallback(): void {
    void this.restart()
  }

  disconnectedCallback(): void {
    this.stop()
    this.replaceChildren()
  }

  attributeChangedCallback(_: string, before: string | null, after: string | null): void {
    if (this.isConnected && before !== null && before !== after) void this.restart()
  }

  private stop(): void {
    this.current?.abort()
    void this.model?.close()
    this.model = undefined
    this.settled = Promise.resolve()
  }

  private async restart(): Promise<void> {
    this.stop()
    const { signal } = (this.current = new AbortController())
    const base = siteBase(this.getAttribute('src') ?? defaultSite())
    const own = new URL('.', document.baseURI).href === base.href && begun() !== undefined
    if (own) this.network ??= new Network()
    const view: View = { network: this.network ?? null }
    let app: EdgeModelApp | undefined
    const show = (part: View): void => void Object.assign(app ?? view, part)
    let release: () => void = () => undefined
    const settled = new Promise<void>((done) => { release = done })
    let opened: Promise<Site> | undefined
    const open = async (site: Site): Promise<Site> => {
      show({ manifest: site.manifest })
      await Promise.race([settled, new Promise((done) => setTimeout(done, GIVE_WAY_MS - performance.now()))])
      if (!signal.aborted) app = await this.open(site, view)
      return site
    }
    try {
      const onProgress = (progress: Progress): void => this.progressed(progress, show, signal)
      const model = await loadSite(base, { signal, onProgress }, (site) => {
        opened = open(site)
        opened.catch((error: unknown) => this.failed(error, signal))
      })
      if (signal.aborted) return void model.close()
      this.model = model
      show({ model, upgrade: null })
      if (model.backend.draft) this.settled = this.upgraded(model, show)
      this.announce('edge-ready', model)
    } catch (error) {
      if (signal.aborted) return
      show({ error: this.failed(error, signal, opened !== undefined) })
    } finally {
      setTimeout(release, AFTER_READY_MS)
    }
    await opened?.then((site) => this.afterwards(site, show), () => undefined)
  }

  /** The site's own page closes its network; a page that embeds the model keeps its own. */
  private async afterwards(site: Site, show: (part: View) => void): Promise<void> {
    if (this.model === undefined) {
      const updates = site.early && (await updatesAfterFailure(site))
      return updates && show({ updates })
    }
    await Promise.all([examplesShown(site, (exampleFiles, exampleUrls) => show({ exampleFiles, exampleUrls })), thumbnailsShown(site, (thumbnails) => show({ thumbnails }))])
    // Its weights need the network, and the offline copy takes what is there by then: nothing comes twice.
    await this.settled
    if (site.early === undefined) return
    await settle(site, (updates) => show({ updates }))
    this.network?.sealed()
  }

  /** Resolves when the whole model answers, or when it is known that only its draft will. */
  private async upgraded(model: Model, show: (part: View) => void): Promise<void> {
    show({ upgrade: { state: 'coming' } })
    try {
      await model.upgraded
      show({ upgrade: { state: 'done' } })
    } catch (error) {
      // A model that was closed is nobody's any more.
      if (this.model !== model) return
      this.announce('edge-error', error)
      show({ upgrade: { state: 'failed', failure: error as EdgewebError } })
    }
  }

  private failed(error: unknown, signal: AbortSignal, shown = false): EdgewebError {
    const known = error instanceof EdgewebError ? error : new EdgewebError('runtime', `The page failed: ${String(error)}`, 'Reload the page.', { cause: error })
    if (signal.aborted) return known
    this.announce('edge-error', known)
    if (!shown) this.explain(known)
    return known
  }

  /** Without a manifest no interface is known; the reason is shown as it is. */
  private explain({ message, hint }: EdgewebError): void {
    const { errors = {}, retry = 'Try again' } = earlyWords()
    const note = document.createElement('p')
    note.setAttribute('role', 'alert')
    note.textContent = `${translated(message, errors)} ${translated(hint, errors)}`
    const again = document.createElement('button')
    again.textContent = retry
    again.addEventListener('click', () => void this.restart())
    const box = document.createElement('div')
    box.className = 'waiting'
    box.append(note, again)
    this.replaceChildren(box)
  }

  /** Put the interface in place of what the document showed until now. */
  private async open({ manifest, base, early }: Site, view: View): Promise<EdgeModelApp> {
    const coming = early?.interface
    if (early !== undefined) early.interface = undefined
    const { defineInterface } = (await importChecked(assetOf(manifest, manifest.interface), base, coming)) as { defineInterface(): string }
    const app = document.createElement(defineInterface()) as EdgeModelApp
    Object.assign(app, view, { base })
    app.addEventListener('edgeweb-retry', () => void this.restart())
    this.replaceChildren(app)
    return app
  }

  private progressed(progress: Progress, show: (part: View) => void, signal: AbortSignal): void {
    if (signal.aborted) return
    if (progress.phase === 'upgrade') show({ upgrade: { state: 'coming', progress } })
    else if (progress.phase !== 'upgraded') show({ progress })
    this.announce('edge-progress', progress)
  }

  private announce(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

export function defineElement(): void {
  if (customElements.get('edge-model') === undefined) customElements.define('edge-model', EdgeModel)
}
