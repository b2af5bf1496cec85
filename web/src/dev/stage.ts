/** Holds the site in a frame; another build comes beside it unseen, gets what was entered, and takes its place. */
import { Keeper, restore } from './kept.js'

const SITE = 'site/'
/** What needs longer is shown as it is: it says itself what it waits for. */
const STARTS_MS = 15_000
const LOOK_MS = 10

interface Shown {
  frame: HTMLIFrameElement
  keeper: Keeper | undefined
}

/** Whether a model is there already, of which nobody heard. */
function isReady(element: Element | null): boolean {
  const app = element?.firstElementChild as (Element & { model?: unknown }) | null | undefined
  return app?.model != null
}

export class Stage {
  private shown: Shown | undefined
  private coming: Shown | undefined

  constructor(private readonly place: HTMLElement) {}

  /** Show the site as the server has it now. */
  async load(): Promise<void> {
    this.coming?.frame.remove()
    const frame = document.createElement('iframe')
    const coming: Shown = (this.coming = { frame, keeper: undefined })
    frame.className = 'coming'
    frame.title = 'The site'
    frame.allow = 'camera; microphone; fullscreen; clipboard-write; cross-origin-isolated'
    frame.src = SITE
    this.place.append(frame)
    const start = performance.now()
    await this.started(coming, start)
    if (this.coming !== coming) return
    await this.takeOver(coming)
  }

  /** Until the interface is there and the model has answered its golden case, or has failed. A page may start itself anew once. */
  private async started(coming: Shown, start: number): Promise<void> {
    let seen: Document | undefined
    let over = false
    while (!over && this.coming === coming && performance.now() - start < STARTS_MS) {
      const { contentDocument: now } = coming.frame
      const element = now?.URL.endsWith(SITE) ? now.querySelector('edge-model') : null
      if (now != null && element !== null && now !== seen) {
        seen = now
        coming.keeper = new Keeper(now)
        for (const type of ['edge-ready', 'edge-error']) element.addEventListener(type, () => { over = true })
      }
      over ||= isReady(element)
      await new Promise((done) => setTimeout(done, LOOK_MS))
    }
    // The interface may come a moment after the model.
    while (seen?.querySelector('edge-model > .waiting') != null && this.coming === coming && performance.now() - start < STARTS_MS) await new Promise((done) => setTimeout(done, LOOK_MS))
  }

  private async takeOver(coming: Shown): Promise<void> {
    const { contentDocument: document } = coming.frame
    const inputs = this.shown?.keeper?.inputs()
    coming.keeper?.start()
    if (document !== null && inputs !== undefined) await restore(document, inputs).catch((error: unknown) => console.warn('What was entered could not be kept:', error))
    if (this.coming !== coming) return
    const active = this.shown?.frame.contentDocument?.hasFocus()
    this.shown?.frame.remove()
    coming.frame.className = ''
    this.shown = coming
    this.coming = undefined
    if (active) coming.frame.contentWindow?.focus()
    this.name(document)
  }

  /** The window is called as the site is. */
  private name(site: Document | null): void {
    window.document.title = site?.title ?? ''
    const icon = site?.querySelector<HTMLLinkElement>('link[rel=icon]')?.href
    const own = window.document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (icon?.startsWith('data:') && own) own.href = icon
  }
}
