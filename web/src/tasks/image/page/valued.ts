/** The values that a model has for a picture, each with its name. */
import { html, nothing } from 'lit'
import type { Result } from '../../../shared/api.js'
import { value } from '../../../page/ui/format.js'
import { common, results as t } from '../../../page/ui/strings.gen.js'
import { name, plain } from '../../../page/ui/plain.js'
import type { View } from './view.js'

/** More than these nobody says in one breath. */
const SPOKEN = 5

/** What each value is called: where the site does not say, by its place, if there are several. */
function named(result: Result): [name: string, value: number][] {
  if (result.task !== 'regression') return []
  const { values, names = [] } = result
  return values.map((found, i) => [names[i] ?? (values.length > 1 ? t.valueOf(i + 1) : t.value), found])
}

export const valued: View = {
  pictured: () => false,
  shown(result) {
    const found = named(result)
    if (!found.length) return html`<p class="muted">${common.empty}</p>`
    return html`<dl class="values ${found.length > SPOKEN ? 'many' : ''}" tabindex=${found.length > SPOKEN ? '0' : nothing}>${found.map(([called, number]) => html`<div><dt>${name(called)}</dt><dd>${value(number)}</dd></div>`)}</dl>`
  },
  said: (result) => named(result).slice(0, SPOKEN).map(([called, number]) => `${plain(called, 60)} ${value(number)}`).join(', '),
  columns: ['name', 'value'],
  rows: (result) => named(result),
}
