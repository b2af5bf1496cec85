/** How the page says things: sentences with gaps, numbers and plurals in the page's language; the sentences stand in web/strings. */

declare const EDGEWEB_STRINGS_lang: string
declare const EDGEWEB_STRINGS_dir: string

export const lang = EDGEWEB_STRINGS_lang
export const dir = EDGEWEB_STRINGS_dir

/** What fills a gap; numbers are written as the language does. */
export type Given = string | number

const CATEGORIES = ['zero', 'one', 'two', 'few', 'many', 'other']

/** Made at the first use: most sentences have no number. */
let numbers: Intl.NumberFormat | undefined
let plurals: Intl.PluralRules | undefined

/** A count with its groups of digits. */
export const group = (n: number): string => (numbers ??= new Intl.NumberFormat(lang)).format(n)

function fill(text: string, given: readonly Given[]): string {
  return text.replace(/\{(\d)\}/g, (_, place: string) => {
    const value = given[Number(place)] ?? ''
    return typeof value === 'number' ? group(value) : value
  })
}

type Forms = Partial<Record<string, string>>

/** The form for the first number among what is given. */
function chosen(forms: Forms, given: readonly Given[]): string {
  const n = given.find((each) => typeof each === 'number') ?? 0
  return forms[(plurals ??= new Intl.PluralRules(lang)).select(n)] ?? forms['other'] ?? ''
}

function entry(found: unknown): unknown {
  if (typeof found === 'string') return found.includes('{') ? (...given: Given[]) => fill(found, given) : found
  const table = found as Record<string, unknown>
  const keys = Object.keys(table)
  if (keys.every((key) => CATEGORIES.includes(key))) return (...given: Given[]) => fill(chosen(table as Forms, given), given)
  return Object.fromEntries(keys.map((key) => [key, entry(table[key])]))
}

/** A section of the table, its sentences with gaps as functions. */
export function section<T>(table: () => object): T {
  return entry(table()) as T
}
