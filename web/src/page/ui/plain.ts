/** Untrusted names (from the model or a file) as safe, bounded text that cannot reorder or widen the page. */
import { html, type TemplateResult } from 'lit'
import { common } from './strings.gen.js'

const SHOWN = 200
const TITLE = 1000
// Control characters and bidirectional overrides could hide or reorder what follows; joiners stay, scripts need them.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g
const BLANK = /^[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2064\u3164\uffa0]*$/

/** `text` without invisible trickery, at most `limit` characters, never empty. */
export function plain(text: string, limit = SHOWN): string {
  const clean = text.slice(0, limit + 1).replace(HIDDEN, ' ').trim()
  if (BLANK.test(clean)) return common.unnamed
  return clean.length > limit || text.length > limit ? `${clean.slice(0, limit)}…` : clean
}

/** A name in its own direction, with the longer form as a tooltip where it may be cut. */
export function name(text: string): TemplateResult {
  return html`<span class="name" title=${plain(text, TITLE)}><bdi>${plain(text)}</bdi></span>`
}
