/** What a kind of model has in the worker: tasks/<kind>/worker/reader.ts exports it as `open`, and generate.mjs lists them all. */
import type { Manifest } from '../shared/manifest.gen.js'
import type { Named } from './engine.js'
import type { Language } from './language/language.js'
import type { Answer, Calling, Given, Runs } from './runs.js'

export type { Answer, Calling, Given, Runs } from './runs.js'

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
