/** The mark in the corner, and the error that lies over the last good site; in the language of the command line. */
import type { Fault, State } from './state.js'

type Look = 'good' | 'busy' | 'failed' | 'gone'

/** An element with its class and what is in it. */
export function made<K extends keyof HTMLElementTagNameMap>(tag: K, look: string, ...inside: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  element.className = look
  element.append(...inside)
  return element
}

const lookOf = (state: State | undefined): Look => (state === undefined ? 'gone' : state.building ? 'busy' : state.error ? 'failed' : 'good')

function said(state: State | undefined): string {
  if (state === undefined) return 'edgeweb dev has stopped. Start it again, and this page goes on.'
  if (state.building) return state.step ? `Building: ${state.step}` : 'Building …'
  if (state.error) return 'The last change did not build.'
  return `Built at ${state.at} in ${state.seconds.toFixed(1)} s${state.changed.length ? `, after ${state.changed.join(', ')}` : ''}.`
}

/** `state`: undefined where the server does not answer. */
export function showMark(mark: HTMLElement, state: State | undefined): void {
  const details = mark.querySelector('details') ?? mark.appendChild(made('details', ''))
  details.className = lookOf(state)
  const text = { good: 'dev', busy: 'building', failed: 'error', gone: 'stopped' }[lookOf(state)]
  details.replaceChildren(
    made('summary', '', made('span', 'dot'), text),
    made('div', 'about', made('p', '', said(state)), made('p', '', 'The site is built again whenever you save; the page around it listens for that. What edgeweb build makes has no such page, is smaller, and works without a network.')),
  )
}

/** Over the last good site, until it is closed or the next build is a good one. */
export function showFault(place: HTMLElement, fault: Fault | null, at: string): void {
  place.hidden = fault === null
  if (fault === null) return place.replaceChildren()
  const close = made('button', '', 'Close')
  close.type = 'button'
  close.addEventListener('click', () => { place.hidden = true })
  const last = at ? `Below is the site as it was at ${at}. This goes away with the next good build.` : 'There is no site yet. It comes with the first good build.'
  place.replaceChildren(made('article', '',
    made('header', '', made('h1', '', 'The site could not be built'), ...(at ? [close] : [])),
    made('p', 'what', `${fault.what}.`), made('p', 'why', `${fault.why}.`), made('p', 'hint', `${fault.hint}.`),
    ...(fault.text ? [made('pre', '', fault.text)] : []), made('p', 'last', last)))
}
