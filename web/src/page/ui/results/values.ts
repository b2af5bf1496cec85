/** Numbers as an answer: one large, several as a list with their names. */
import { css, html, type TemplateResult } from 'lit'
import { value } from '../format.js'
import { plain } from '../plain.js'

export const valueStyles = css`
  .one-value { font-size: clamp(2rem, 1.2rem + 3cqi, 3rem); font-weight: 680; letter-spacing: -0.03em; line-height: 1.1; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
  .named-values { display: grid; gap: 0.5rem; }
  .named-values li { display: flex; justify-content: space-between; gap: 1rem; border-block-end: 1px solid var(--line); padding-block: 0.25rem; font-variant-numeric: tabular-nums; }
  .named-values span { min-inline-size: 0; overflow-wrap: anywhere; }
`

/** What the number at a place is called. */
export const valueName = (names: readonly string[] | undefined, place: number): string => plain(names?.[place] ?? String(place + 1), 60)

export function regression(values: readonly number[], names?: readonly string[]): TemplateResult {
  const [first] = values
  if (values.length === 1 && first !== undefined) {
    return html`${names?.[0] === undefined ? '' : html`<p class="muted">${valueName(names, 0)}</p>`}<p class="one-value">${value(first)}</p>`
  }
  return html`<ol class="named-values">${values.map((each, i) => html`<li><span class="muted" dir="auto">${valueName(names, i)}</span><b>${value(each)}</b></li>`)}</ol>`
}

/** The same in one breath, for who hears the page. */
export const spokenValues = (values: readonly number[], names?: readonly string[]): string => values.slice(0, 5).map((each, i) => (names?.[i] === undefined ? value(each) : `${valueName(names, i)}: ${value(each)}`)).join(', ')
