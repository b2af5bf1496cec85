/** What a model writes about a picture, or answers about it. */
import { html } from 'lit'
import type { Result } from '../../../shared/api.js'
import { plain } from '../../../page/ui/plain.js'
import { common, results as t } from '../../../page/ui/strings.gen.js'
import type { View } from './view.js'

function textOf(result: Result): string {
  return result.task === 'text' ? result.text.trim() : ''
}

/** @param nothing stands for a text without letters. */
const viewOf = (nothing: string): View => ({
  pictured: () => false,
  shown(result) {
    const text = textOf(result)
    if (text === '') return html`<p class="muted">${nothing}</p>`
    return html`<p class="words text" lang="" dir="auto">${text}</p><edgeweb-copy .label=${common.copyText} .text=${text}></edgeweb-copy>`
  },
  said: (result) => plain(textOf(result) || nothing, 200),
  columns: ['text'],
  rows: (result) => [[textOf(result)]],
})

export const written = viewOf(t.unwritten)
export const answered: View = { ...viewOf(t.unanswered), asks: true }
