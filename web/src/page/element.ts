/** `<edge-model src="/site/">`: the page's interface, anywhere. */
import type { Model, Progress } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import { loadSite } from './load.js'
import type { EdgeModelApp } from './ui/app.js'

type View = Partial<Pick<EdgeModelApp, 'manifest' | 'progress' | 'model' | 'error'>>

/**
 * How long the interface waits for the runtime to be compiled. On a fast line both want the processor at the same moment,
 * and the prediction comes sooner when the interface lets it go first; on a slow line there is time for both.
 */
const GIVE_WAY_MS = 600

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
    const open = async (ready: Promise<unknown>): Promise<void> => {
      await Promise.race([ready.catch(() => undefined), new Promise((done) => setTimeout(done, GIVE_WAY_MS))])
      if (!signal.aborted) app = await this.open(base, view)
    }
    let opened: Promise<void> | undefined
    try {
      const loading = loadSite(
        base,
        { signal, onProgress: (progress) => this.progressed(progress, show) },
        { onRuntime: (runtime) => { opened = open(runtime) }, onManifest: (manifest) => show({ manifest }) },
      )
      opened ??= open(Promise.resolve())
      const model = await loading
      if (signal.aborted) return void model.close()
      this.model = model
      show({ model })
      this.announce('edge-ready', model)
    } catch (error) {
      if (signal.aborted) return
      const known = error instanceof EdgewebError ? error : new EdgewebError('runtime', `The page failed: ${String(error)}`, 'Reload the page.', { cause: error })
      show({ error: known })
      this.announce('edge-error', known)
    }
  }

  /** Put the interface in place of what the document showed until now. */
  private async open(base: URL, view: View): Promise<EdgeModelApp> {
    const { defineApp } = await import('./ui/app.js')
    defineApp()
    const app = document.createElement('edgeweb-app') as EdgeModelApp
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
