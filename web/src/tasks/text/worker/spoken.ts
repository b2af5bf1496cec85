/** The languages of a model that reads or writes in several: by their tokens, as the tokenizer names them, or by their own codes. */
import type { TextOptions } from '../../../shared/api.js'
import { EdgewebError } from '../../../shared/errors.js'
import type { Languages } from '../../../shared/manifest.gen.js'

/** As in en_XX, deu_Latn, __de__ and >>de<<. */
const CODE = /^(?:__|>>)?([a-z]{2,3})/

/** The token of a language, by itself or by its code alone, where that is one's only. */
export function tokenOf(languages: Languages, wanted: string, option: 'source' | 'language'): string {
  const codes = Object.keys(languages.ids)
  const fitting = codes.filter((code) => code === wanted || CODE.exec(code)?.[1] === wanted)
  const found = codes.includes(wanted) ? wanted : fitting.length === 1 ? fitting[0] : undefined
  if (found === undefined) throw new EdgewebError('input', `The model knows no ${option} "${wanted}".`, `Give one of these: ${codes.slice(0, 300).join(', ')}.`)
  return found
}

/** The ids around a text in another language than the usual one, and the id that its answer begins with. */
export function spoken(languages: Languages | null | undefined, { source, language }: TextOptions): { around: (ids: readonly number[]) => number[]; first: number | undefined } {
  if (languages == null) return { around: (ids) => [...ids], first: undefined }
  const { ids } = languages
  const usual = new Set(Object.values(ids))
  const from = source === undefined ? languages.source : tokenOf(languages, source, 'source')
  const into = language === undefined ? languages.target : tokenOf(languages, language, 'language')
  return { around: (found) => found.map((id) => (from != null && usual.has(id) ? (ids[from] ?? id) : id)), first: into == null ? undefined : ids[into] }
}
