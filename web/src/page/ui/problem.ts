/** An error on the page: one sentence, what to try, and perhaps a button. */
import { html, nothing, type TemplateResult } from 'lit'
import { translated } from '../translate.js'
import { alert } from './icons.js'
import type { Failure } from './session.js'
import { common } from './strings.gen.js'
import { plain } from './plain.js'

declare const EDGEWEB_STRINGS_errors: Record<string, string>

/** A recursion without end repeats its lines. */
const TRACE = 10_000

/** An error's sentence as the page shows it. */
export const told = (sentence: string): string => plain(translated(sentence, EDGEWEB_STRINGS_errors), 500)

export function problem(failure: Pick<Failure, 'message' | 'hint' | 'details'>, action?: TemplateResult): TemplateResult {
  return html`<div class="problem" role="alert">${alert}<div>
    <p>${told(failure.message)}</p>
    ${failure.hint ? html`<p>${told(failure.hint)}</p>` : nothing}
    ${failure.details ? html`<details><summary>${common.traceback}</summary><pre class="trace">${failure.details.slice(0, TRACE)}</pre></details>` : nothing}
    ${action ?? nothing}
  </div></div>`
}
