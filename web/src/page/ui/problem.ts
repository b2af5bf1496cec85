/** An error on the page: one sentence, what to try, and perhaps a button. */
import { html, nothing, type TemplateResult } from 'lit'
import { alert } from './icons.js'
import type { Failure } from './session.js'
import { strings } from './strings.js'
import { plain } from './text.js'

/** A recursion without end repeats its lines. */
const TRACE = 10_000

export function problem(failure: Pick<Failure, 'message' | 'hint' | 'details'>, action?: TemplateResult): TemplateResult {
  return html`<div class="problem" role="alert">${alert}<div>
    <p>${plain(failure.message, 500)}</p>
    ${failure.hint ? html`<p>${plain(failure.hint, 500)}</p>` : nothing}
    ${failure.details ? html`<details><summary>${strings.traceback}</summary><pre class="trace">${failure.details.slice(0, TRACE)}</pre></details>` : nothing}
    ${action ?? nothing}
  </div></div>`
}
