/** `<edge-model src="/site/">`: the page's interface, anywhere. */
import type { Model, Progress } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import { loadSite } from './load.js'
import { defineApp, type EdgeModelApp } from './ui/app.js'

class EdgeModel extends HTMLElement {
  static readonly observedAttributes = ['src']
  private current: AbortController | undefined
  private model: Model | undefined

  connectedCallback(): void {
    void this.restart()
  }

  disconnectedCallback(): void {
    this.stop()
  }

  attributeChangedCallback(_: string, before: string | null, after: string | null): void {
    if (this.isConnected && before !== null && before !== after) void this.restart()
  }

  private stop(): void {
    this.current?.abort()
    void this.model?.close()
    this.model = undefined
    this.replaceChildren()
  }

  private async restart(): Promise<void> {
    this.stop()
    const current = new AbortController()
    this.current = current
    const base = new URL(this.getAttribute('src') ?? new URL('../', import.meta.url), document.baseURI)
    const app = document.createElement('edgeweb-app') as EdgeModelApp
    app.base = base
    app.addEventListener('edgeweb-retry', () => void this.restart())
    this.append(app)
    const onProgress = (progress: Progress): void => {
      app.progress = progress
      this.announce('edge-progress', progress)
    }
    try {
      const model = await loadSite(base, { signal: current.signal, onProgress }, (manifest) => { app.manifest = manifest })
      if (current.signal.aborted) return void model.close()
      this.model = model
      app.model = model
      this.announce('edge-ready', model)
    } catch (error) {
      if (current.signal.aborted) return
      const known = error instanceof EdgewebError ? error : new EdgewebError('runtime', `The page failed: ${String(error)}`, 'Reload the page.', { cause: error })
      app.error = known
      this.announce('edge-error', known)
    }
  }

  private announce(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

export function defineElement(): void {
  defineApp()
  if (customElements.get('edge-model') === undefined) customElements.define('edge-model', EdgeModel)
}
