/** Which release a visitor gets: every change of the state, each to be written as one. */
import type { State } from '../shared/store.js'

/** What a page that opens gets: the release that is ready, if there is one. */
export function taken(state: State): State {
  const { next, current, ...rest } = state
  if (next === undefined) return state
  return { ...rest, current: next, ...(current === undefined || current === next ? {} : { previous: current }) }
}

/** Whether a release that the host has is worth fetching. An older one is: that is how a host goes back. */
export function isNews(state: State, release: string): boolean {
  return ![state.current, state.next, state.refused].includes(release)
}

/** The host has `release`, fetched in full by now if it is news. The first one is taken at once, a later one by the next page. */
export function offered(state: State, release: string): State {
  const { next, ...rest } = state
  if (next === release) return state
  if (state.current === undefined) return { ...rest, current: release }
  if (release !== state.current && release !== state.refused) return { ...rest, next: release }
  // The host has withdrawn what was ready.
  return next === undefined ? state : rest
}

/** The visitor goes back; the release that was left is not taken again. Undefined where there is nothing to go back to. */
export function rolledBack(state: State): State | undefined {
  const { current, previous } = state
  if (current === undefined || previous === undefined) return undefined
  return { current: previous, refused: current }
}

/** The releases whose files must stay. */
export function kept(state: State, pinned: Iterable<string>): string[] {
  return [...new Set([state.current, state.previous, state.next, ...pinned])].filter((id) => id !== undefined)
}

/** Whether the host asks for the site to be given up: an answer of 410, or a manifest that says "off". Anything else it survives. */
export function isOff(status: number, text: string): boolean {
  if (status === 410) return true
  if (status !== 200) return false
  try {
    const found = JSON.parse(text) as { format?: unknown; off?: unknown } | null
    return found?.format === 1 && found.off === true
  } catch {
    return false
  }
}
