/** `import 'edgeweb/element'`: every `<edge-model src="/site/">` of the document becomes the interface of its site. */
import { siteModule } from './index.js'

const NAME = 'edge-model'

/** Define the element with the code of one site, as where it stands in a shadow root. */
export async function defineElement(siteUrl: string | URL): Promise<CustomElementConstructor> {
  await siteModule(siteUrl)
  return customElements.whenDefined(NAME)
}

/** Begin with the first element that says where its site is; there is nothing to watch once the element is defined. */
function watch(): void {
  const asked = new Set<string>()
  const observer = new MutationObserver(look)
  void customElements.whenDefined(NAME).then(() => observer.disconnect())
  observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['src'] })
  look()

  function look(): void {
    for (const element of document.querySelectorAll(`${NAME}[src]:not(:defined)`)) {
      const src = element.getAttribute('src') ?? ''
      if (asked.has(src)) continue
      asked.add(src)
      siteModule(src).catch((error: unknown) => {
        asked.delete(src)
        element.dispatchEvent(new CustomEvent('edge-error', { detail: error }))
      })
    }
  }
}

if (typeof document !== 'undefined') watch()
