/** The page around a site that is worked on: hears of every build, reloads the site with what was entered, shows errors over it. */
import { made, showFault, showMark } from './shown.js'
import { Stage } from './stage.js'
import type { State } from './state.js'

const at = (id: string): HTMLElement => document.getElementById(id) as HTMLElement
const mark = at('mark')
const fault = at('fault')
const waiting = made('div', 'waiting', made('div', 'spinner'), made('p', '', 'The first build is on its way.'))
const stage = new Stage(at('stage'))
let release = ''
let told = ''
let busy = true

function onState(state: State): void {
  showMark(mark, state)
  if (!state.building) {
    const news = JSON.stringify(state.error) + state.at
    // What was closed comes again with the next build that fails alike.
    if (busy || news !== told) showFault(fault, state.error, state.at)
    told = news
  }
  busy = state.building
  waiting.hidden = state.error !== null || state.release !== ''
  if (state.release === '' || state.release === release) return
  release = state.release
  void stage.load()
}

document.body.append(waiting)
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && release !== '') fault.hidden = true
})
let events: EventSource | undefined

/** It asks again by itself when the server comes back. */
function listen(): void {
  events ??= new EventSource('.edgeweb-dev/events')
  events.onmessage = ({ data }) => onState(JSON.parse(data as string) as State)
  events.onerror = () => showMark(mark, undefined)
}

// A browser has six connections to a server: what nobody looks at holds none, and hears the newest when it is looked at.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') return listen()
  events?.close()
  events = undefined
})
listen()
