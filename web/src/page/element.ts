/** `<edge-model src="/site/">`: the page's interface, anywhere. */
import type { Model, Progress } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { Manifest } from '../shared/manifest.gen.js'
import { loadSite } from './load.js'
import type { EdgeModelApp } from './ui/app.js'

type View = Partial<Pick<EdgeModelApp, 'manifest' | 'progress' | 'model' | 'error'>>

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
  }

  private async restart(): Promise<void> {
    this.stop()
    const { signal } = (this.current = new AbortController())
    const base = new URL(this.getAttribute('src') ?? new URL('../', import.meta.url), document.baseURI)
    const view: View = {}
    let app: EdgeModelApp | undefined
    const show = (part: View): void => void Object.assign(app ?? view, part)
    const open = async (manifest: Manifest): Promise<void> => {
      show({ manifest })
      await Promise.race([settled, new Promise((done) => setTimeout(done, GIVE_WAY_MS - performance.now()))])
      if (!signal.aborted) app = await this.open(new URL(manifest.interface, base), base, view)
    }
    let settle: () => void = () => undefined
    const settled = new Promise<void>((done) => { settle = done })
    let opening: Promise<void> | undefined
    try {
      const onProgress = (progress: Progress): void => this.progressed(progress, show)
      const model = await loadSite(base, { signal, onProgress }, (manifest) => { opening = open(manifest) })
      if (signal.aborted) return void model.close()
      this.model = model
      show({ model })
      this.announce('edge-ready', model)
    } catch (error) {
      if (signal.aborted) return
      const known = error instanceof EdgewebError ? error : new EdgewebError('runtime', `The page failed: ${String(error)}`, 'Reload the page.', { cause: error })
      show({ error: known })
      this.announce('edge-error', known)
      if (opening === undefined) this.explain(known)
    } finally {
      setTimeout(settle, AFTER_READY_MS)
    }
  }

  /** Without a manifest no interface is known; the reason is shown as it is. */
  private explain({ message, hint }: EdgewebError): void {
    const note = document.createElement('p')
    note.setAttribute('role', 'alert')
    note.textContent = `${message} ${hint}`
    const again = document.createElement('button')
    again.textContent = 'Try again'
    again.addEventListener('click', () => void this.restart())
    const box = document.createElement('div')
    box.className = 'waiting'
    box.append(note, again)
    this.replaceChildren(box)
  }

  /** Put the interface in place of what the document showed until now. */
  private async open(script: URL, base: URL, view: View): Promise<EdgeModelApp> {
    const { defineInterface } = (await import(script.href)) as { defineInterface(): string }
    const app = document.createElement(defineInterface()) as EdgeModelApp
    Object.assign(app, view, { base })
    app.addEventListener('edgeweb-retry', () => void this.restart())
    this.replaceChildren(app)
    return app
  }

  private progressed(progress: Progress, show: (part: View) => void): void {
    show({ progress })
    this.announce('edge-progress', progress)
  }

  private announce(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

export function defineElement(): void {
  if (customElements.get('edge-model') === undefined) customElements.define('edge-model', EdgeModel)
}
