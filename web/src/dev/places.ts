/** Where an element stands in a document of open shadow roots, so that the same one is found in another document. */

export interface Place {
  /** From the document inwards: the tag of each host, and its number among those of that tag. */
  hosts: readonly (readonly [string, number])[]
  /** Finds it among others of its root, with its number. */
  selector: string
  number: number
}

export type Root = Document | ShadowRoot

const isRoot = (node: Node): node is Root => 'host' in node || node.nodeType === Node.DOCUMENT_NODE

const numbered = (root: Root, selector: string, element: Element): number => [...root.querySelectorAll(selector)].indexOf(element)

/** What a field is for holds wherever it stands, and whatever it became; ids are unique in their root. */
function selectorOf(element: Element): string {
  const name = element.getAttribute('name')
  if (name) return `[name="${CSS.escape(name)}"]`
  if (element.id) return `#${CSS.escape(element.id)}`
  const tag = element.localName
  const type = element.getAttribute('type')
  return type === null ? tag : `${tag}[type="${CSS.escape(type)}"]`
}

/** The interface of a site may be another one after a build. */
const tagOf = (host: Element): string => (host.parentElement?.localName === 'edge-model' ? 'edge-model > *' : host.localName)

/** @param selector what it is found by, where others of its kind come and go around it. */
export function placeOf(element: Element, selector = selectorOf(element)): Place | undefined {
  const root = element.getRootNode()
  if (!isRoot(root)) return undefined
  const hosts: [string, number][] = []
  for (let at: Root = root; 'host' in at;) {
    const host: Element = at.host
    const outer = host.getRootNode()
    if (!isRoot(outer)) return undefined
    const tag = tagOf(host)
    hosts.unshift([tag, numbered(outer, tag, host)])
    at = outer
  }
  return { hosts, selector, number: numbered(root, selector, element) }
}

export function found(document: Document, { hosts, selector, number }: Place): Element | undefined {
  let root: Root = document
  for (const [tag, at] of hosts) {
    const inner: ShadowRoot | null | undefined = root.querySelectorAll(tag)[at]?.shadowRoot
    if (inner == null) return undefined
    root = inner
  }
  return root.querySelectorAll(selector)[number]
}

export const keyOf = ({ hosts, selector, number }: Place): string => JSON.stringify([hosts, selector, number])

/** The root and all open shadow roots inside it. */
export function* rootsIn(root: Root): Generator<Root> {
  yield root
  for (const element of root.querySelectorAll('*')) if (element.shadowRoot) yield* rootsIn(element.shadowRoot)
}
