/** What the way from an input to a result has around it: the models that it runs, and who called. */
import type { Result, TextProgress } from '../shared/api.js'
import type { Payload } from '../shared/protocol.js'
import type { Fed, Kept, Named } from './engine.js'

/** `Result` without its time, for each member of the union. */
export type Answer = Result extends infer R ? (R extends Result ? Omit<R, 'milliseconds'> : never) : never

/** What `predict()` was given. */
export type Given = Exclude<Payload, { kind: 'run' | 'raw' | 'read' | 'reset' }>

/** The site's models, and what is around them. */
export interface Runs {
  /** @param model one of the manifest's further models; default: the site's own. */
  infer(feeds: Named, model?: string): Promise<Named>
  /** The same, but the outputs called `keep` stay in the runtime, whoever asked frees them; they can be fed to any model, as often as is wanted. */
  hold(feeds: Fed, keep: ReadonlySet<string>, model?: string): Promise<Kept>
  /** One of the manifest's small graphs, which are base64. */
  small(graph: string, feeds: Named): Promise<Named>
  /** Outputs in the result form of the site's task. */
  read(outputs: Named): Promise<Answer>
  /** Milliseconds in the model itself since the call began. */
  readonly spent: number
}

/** The caller's side of one call. */
export interface Calling {
  /** Only where somebody wants to hear what is written while it is. */
  onText?: (progress: TextProgress) => void
  /** Of a picture that is worked on in parts, so many are done. */
  onPart(done: number, of: number): void
  /** Whether the visitor has heard enough. */
  stopped(): boolean
}
