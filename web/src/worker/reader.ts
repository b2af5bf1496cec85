/** What the worker and the script for texts, which only such sites have, know of each other. */
import type { Result, TextOptions, TextProgress } from '../shared/api.js'
import type { TextPipeline } from '../shared/manifest.gen.js'
import type { Named } from './engine.js'

/** `Result` without its time, for each member of the union. */
export type Answer = Result extends infer R ? (R extends Result ? Omit<R, 'milliseconds'> : never) : never

/** Runs the model, and the small graphs of the manifest. */
export interface Tools {
  infer(feeds: Named): Promise<Named>
  small(graph: string, feeds: Named): Promise<Named>
}

/** The caller's side of one call. */
export interface Calling {
  onText(progress: TextProgress): void
  /** Of a picture that is worked on in parts, so many are done. */
  onPart(done: number, of: number): void
  /** Whether the visitor has heard enough. */
  stopped(): boolean
}

export interface Reader {
  /** The inputs of the model for a text, as it begins to read it. */
  feeds(text: string): Named
  predict(text: string, options: TextOptions, calling: Calling): Promise<Answer>
}

/** The script's one export. @param bytes the slim tokenizer. */
export type OpenReader = (bytes: Uint8Array, pipeline: TextPipeline, labels: readonly string[], tools: Tools) => Reader

export interface TextScript {
  open: OpenReader
  tokenizer: Uint8Array
}
