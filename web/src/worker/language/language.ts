/** What sites have whose model reads or writes token ids: a script that the others do not load makes it. */
import type { Manifest } from '../../shared/manifest.gen.js'
import type { TextReader } from '../../tasks/text/worker/reader.js'
import type { Runs } from '../reader.js'
import type { Matching } from './matching.js'
import type { Tokens } from './tokens.js'
import type { Writer } from './writer.js'

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
