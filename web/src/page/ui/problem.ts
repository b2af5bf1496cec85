/** An error on the page: one sentence, what to try, and perhaps a button. */
import { html, nothing, type TemplateResult } from 'lit'
import { alert } from './icons.js'
import type { Failure } from './session.js'
import { plain } from './text.js'

export function problem(failure: Pick<Failure, 'message' | 'hint'>, action?: TemplateResult): TemplateResult {
  return html`<div class="problem" role="alert">${alert}<div>
    <p>${plain(failure.message, 500)}</p>
    ${failure.hint ? html`<p>${plain(failure.hint, 500)}</p>` : nothing}
    ${action ?? nothing}
  </div></div>`
}
