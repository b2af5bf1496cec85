/** What a kind of model has in the worker: tasks/<kind>/worker/reader.ts exports it as `open`, and generate.mjs lists them all. */
import type { Result, TextProgress } from '../shared/api.js'
import type { Manifest } from '../shared/manifest.gen.js'
import type { Payload } from '../shared/protocol.js'
import type { Fed, Kept, Named } from './engine.js'
import type { Language } from './language/language.js'

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
  onText(progress: TextProgress): void
  /** Of a picture that is worked on in parts, so many are done. */
  onPart(done: number, of: number): void
  /** Whether the visitor has heard enough. */
  stopped(): boolean
}

/** A script that only the sites of one kind have, and the bytes that it needs. */
export interface Script {
  exports: unknown
  data: Uint8Array
}

/**
 * One kind's way from inputs to results. Each of these answers undefined where another kind has to; the site's own kind is asked
 * first. A form of input that is one kind's alone it refuses in a sentence where the site's model takes none.
 */
export interface Reader {
  /** The small graphs that it runs: those before the model first, as `small_graphs` in builder/edgeweb/runtime/restored.py has them. */
  readonly graphs?: readonly (string | null | undefined)[]
  /** The model's inputs. An input of its own that this model does not take is an error. */
  feeds?(payload: Given): Promise<Named> | Named | undefined
  /** The result, where that takes more than feeds, one run, and `read`. */
  predict?(payload: Given, calling: Calling): Promise<Answer> | undefined
  read?(outputs: Named): Promise<Answer> | Answer | undefined
  /** Another stream of inputs begins. */
  reset?(): void
}

/** @param language where the model reads or writes token ids. */
export type Open = (manifest: Manifest, runs: Runs, language: Language | undefined) => Reader
