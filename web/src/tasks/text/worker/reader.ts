/** Texts: as token ids, by a script that only the sites with a tokenizer have, or as they are for a model of strings. */
import type { Parts } from '../../../shared/api.js'
import type { Manifest } from '../../../shared/manifest.gen.js'
import type { Named } from '../../../worker/engine.js'
import { wrong } from '../../../worker/feeds.js'
import type { WorkerParts } from '../../../shared/protocol.js'
import type { Open } from '../../../worker/reader.js'

export const open: Open = (manifest, _, language) => {
  const { text } = manifest
  const reader = language?.texts
  return {
    graphs: [text?.postprocess],
    feeds: (payload) => {
      if (payload.kind === 'parts') return text == null ? undefined : reader?.feedsOf(textsOf(payload.parts))
      return payload.kind === 'text' ? (reader?.feeds(payload.text) ?? textToFeeds(manifest, payload.text)) : undefined
    },
    predict: (payload, calling) => {
      if (payload.kind === 'parts') return text == null ? undefined : reader?.asked(textsOf(payload.parts), payload.options ?? {}, calling)
      if (payload.kind === 'text') return reader?.predict(payload.text, payload.options ?? {}, calling)
      return payload.kind === 'messages' ? reader?.talk(payload.messages, payload.options ?? {}, calling) : undefined
    },
  }
}

const LISTS = ['pair', 'labels']

/** The parts of a text, which must be texts. */
function textsOf(parts: WorkerParts): Partial<Parts> {
  const { image: _, audio: __, ...texts } = parts
  for (const [name, value] of Object.entries(texts)) {
    const list = LISTS.includes(name) && Array.isArray(value)
    if (value !== undefined && !(list ? value as unknown[] : [value]).every((each) => typeof each === 'string')) throw wrong(`The part "${name}" is no text.`, list ? 'Give a list of texts.' : 'Give it as a string.')
  }
  return texts
}

/** Text for a model whose one input is a string tensor. */
export function textToFeeds(manifest: Manifest, text: string): Named {
  const [info] = manifest.inputs
  if (info?.type !== 'string' || manifest.inputs.length !== 1) throw wrong('This model does not take text.', 'Use run() with named feeds.')
  const shape = info.shape ?? [1]
  if (shape.some((d) => typeof d === 'number' && d !== 1)) throw wrong('This model takes several texts at once.', 'Use run() with named feeds.')
  return new Map([[info.name, { type: 'string', dims: shape.map(() => 1), data: [text] }]])
}
