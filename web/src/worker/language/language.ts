/** What sites have whose model reads or writes token ids: a script that the others do not load makes it. */
import type { Message, Parts, TextOptions } from '../../shared/api.js'
import type { Manifest } from '../../shared/manifest.gen.js'
import type { Named } from '../engine.js'
import type { Answer, Calling, Runs } from '../runs.js'
import type { Matching } from './matching.js'
import type { Tokens } from './tokens.js'
import type { Writer } from './writer.js'

/** Of a site of texts. */
export interface TextReader {
  /** The inputs of the model for a text, as it begins to read it. */
  feeds(text: string): Named
  feedsOf(parts: Partial<Parts>): Named
  predict(text: string, options: TextOptions, calling: Calling): Promise<Answer>
  /** The next message of a conversation. */
  talk(messages: readonly Message[], options: TextOptions, calling: Calling): Promise<Answer>
  /** What is asked about several texts. */
  asked(parts: Partial<Parts>, options: TextOptions, calling: Calling): Promise<Answer>
}

export interface Language {
  tokens: Tokens
  /** Where the model writes. */
  writer: Writer | undefined
  /** Where labels are held against what the model sees or hears. */
  matching: Matching | undefined
  /** Where the site is of texts. */
  texts: TextReader | undefined
}

/** The script's one export. @param data the slim tokenizer. */
export type OpenLanguage = (data: Uint8Array, manifest: Manifest, runs: Runs) => Language
