/** A slider with its ends: the lowest and the highest value that it reaches are written under them. */
import { html, type TemplateResult } from 'lit'

/** `input` says itself what it stands at, so who hears the page is told the ends by it. */
export const ended = (input: TemplateResult, low: string, high: string): TemplateResult =>
  html`<span class="slide">${input}<span class="ends numbers" aria-hidden="true"><span>${low}</span><span>${high}</span></span></span>`
