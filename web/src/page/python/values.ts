/** From whatever `predict()` is given to what a hook gets: the site's configuration says which kind that is. */
import type { PredictInput, Row } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { Hooks } from '../../shared/manifest.gen.js'
import type { HookValue } from '../../shared/python.js'
import { toPayload } from '../forms.js'
import { readSound } from '../sound.js'

const WANTED: Record<Hooks['input'], string> = {
  image: 'a picture', audio: 'a sound', text: 'a text', row: 'a row object', file: 'a file',
}

/** @throws EdgewebError `input` for another kind of input, or a file that is not what it should be. */
export async function toHookValue(input: PredictInput, { input: kind }: Hooks): Promise<HookValue> {
  switch (kind) {
    case 'image': {
      const payload = await toPayload(input)
      if (payload.kind === 'image') return { kind, image: payload.image }
      break
    }
    case 'audio':
      if (input instanceof Blob) return { kind, ...(await readSound(await input.arrayBuffer())) }
      break
    case 'text':
      if (typeof input === 'string') return { kind, text: input }
      if (input instanceof Blob) return { kind, text: await input.text() }
      break
    case 'row':
      if (isRow(input)) return { kind, row: input }
      break
    case 'file':
      if (input instanceof Blob) return { kind, bytes: new Uint8Array(await input.arrayBuffer()) }
      if (typeof input === 'string') return { kind, bytes: new TextEncoder().encode(input) }
  }
  throw new EdgewebError('input', `This site's predict() takes ${WANTED[kind]}.`, `Give ${WANTED[kind]}.`)
}

function isRow(input: unknown): input is Row {
  const prototype: unknown = typeof input === 'object' && input !== null ? Object.getPrototypeOf(input) : undefined
  return prototype === Object.prototype || prototype === null
}
