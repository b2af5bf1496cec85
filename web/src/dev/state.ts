/** What the server tells, as `edgeweb.dev.loop.State` has it. */
export interface Fault {
  what: string
  why: string
  hint: string
  /** The traceback of a hook, or nothing. */
  text: string
}

export interface State {
  building: boolean
  step: string
  /** The files whose change led to the newest build. */
  changed: readonly string[]
  /** Of the last good build; empty before the first. */
  release: string
  title: string
  seconds: number
  /** The time of day of the last good build. */
  at: string
  error: Fault | null
}
