/** Which release a visitor gets: every change of the state, each to be written as one. */
import type { Seat, State } from '../shared/store.js'

/** What a page that opens gets: the release that is ready, if there is one. */
export function taken(state: State): State {
  const { next, current, ...rest } = state
  if (next === undefined) return state
  return { ...rest, current: next, ...(current === undefined || current === next ? {} : { previous: current }) }
}

/** Whether a release that the host has is worth fetching. An older one is: that is how a host goes back. */
export function isNews(state: State, release: string): boolean {
  return ![state.current, state.next, state.refused, ...(state.revoked ?? [])].includes(release)
}

/** The host has `release`, fetched in full by now if it is news. The first one is taken at once, a later one by the next page. */
export function offered(before: State, release: string, seat?: Seat): State {
  if (before.revoked?.includes(release) === true) return before
  const state = seated(before, release, seat)
  const { next, ...rest } = state
  if (next === release) return state
  if (state.current === undefined) return { ...rest, current: release }
  if (release !== state.current && release !== state.refused) return { ...rest, next: release }
  // The host has withdrawn what was ready.
  return next === undefined ? state : rest
}

/** The same, as the channel file of this number has it: a later one, obeyed while that was fetched, says otherwise. */
export function given(state: State, number: number | undefined, release: string, seat: Seat): State {
  return state.number === number ? offered(state, release, seat) : state
}

/** Whom a release that was just offered names as its signers. */
export function remembered(state: State, { release, signers = [] }: { release: string; signers?: string[] }): State {
  if (![state.current, state.next].includes(release)) return state
  const { signers: before = [], ...rest } = state
  if (before.join() === signers.join()) return state
  return signers.length === 0 ? rest : { ...rest, signers }
}

/** The visitor goes back; the release that was left is not taken again. Undefined where there is nothing to go back to. */
export function rolledBack(state: State): State | undefined {
  const { current, previous, next: _, ...rest } = state
  if (current === undefined || previous === undefined) return undefined
  return { ...rest, current: previous, refused: current }
}

/** How the visitor came to a release; the stable one needs no word. */
function seated(state: State, release: string, seat: Seat = { channel: 'stable' }): State {
  const { seats = {}, ...rest } = state
  const known = seats[release]
  if ((known?.channel ?? 'stable') === seat.channel && known?.arm === seat.arm) return state
  const others = Object.entries(seats).filter(([id]) => id !== release && [state.current, state.previous, state.next].includes(id))
  const own: [string, Seat][] = seat.channel === 'stable' ? [] : [[release, seat]]
  const all = Object.fromEntries([...others, ...own])
  return Object.keys(all).length === 0 ? rest : { ...rest, seats: all }
}

/** channels.json of this number is obeyed: none before it ever again. `visitor`: the id to draw by, where there is none yet. */
export function numbered(state: State, { number, revoked }: { number: number; revoked: string[] }, visitor: string): State {
  const before = state.number ?? 0
  if (number < before || (number === before && state.visitor !== undefined)) return state
  const { revoked: _, ...rest } = state
  return { ...rest, number, visitor: state.visitor ?? visitor, ...(revoked.length === 0 ? {} : { revoked }) }
}

/** The host has one release again, and no channels.json; whoever asked had `seen` this number, and none was obeyed since. */
export function plain(state: State, seen: number | undefined): State {
  if (state.number === undefined || state.number !== seen) return state
  const { number: _, seats: __, revoked: ___, ...rest } = state
  return rest
}

/** Without the releases that were revoked; undefined in place of the current one where there is no other. */
export function withdrawn(state: State, revoked: readonly string[]): State {
  const { current, next, previous, ...rest } = state
  const stays = (id: string | undefined): id is string => id !== undefined && !revoked.includes(id)
  if ([current, next, previous].every((id) => id === undefined || stays(id))) return state
  const [first, ...others] = stays(current) ? [current, next, previous] : [next, previous].filter(stays)
  if (!stays(current)) return { ...rest, ...(first === undefined ? {} : { current: first }) }
  return { ...rest, current, ...(stays(others[0]) ? { next: others[0] } : {}), ...(stays(others[1]) ? { previous: others[1] } : {}) }
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
