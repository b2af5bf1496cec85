/** Errors in the page's language: they are worded in English where they come up, for those who call `load()` as well. */

/** What index.html says of the language before the interface is there; empty where that is English. */
export interface EarlyWords {
  lost?: string
  retry?: string
  errors?: Record<string, string>
}

export function earlyWords(): EarlyWords {
  return JSON.parse(document.getElementById('edgeweb-words')?.textContent ?? '{}') as EarlyWords
}

/** `sentence` as `table` has it; gaps, as in "{0} stopped arriving.", keep what stands in them. */
export function translated(sentence: string, table: Record<string, string>): string {
  for (const [english, own] of Object.entries(table)) {
    const pattern = english.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\d\}/g, '(.*)')
    const match = new RegExp(`^${pattern}$`, 's').exec(sentence)
    if (match) return own.replace(/\{(\d)\}/g, (_, place: string) => match[Number(place) + 1] ?? '')
  }
  return sentence
}
