/** What the site's own Python gave: a known form, or the JSON that it returned. */
import { html, type TemplateResult } from 'lit'
import type { Result } from '../../../shared/api.js'
import { classification } from '../bars.js'
import { value } from '../format.js'

/** More than this in one element slows the page down, and nobody reads it. */
const SHOWN = 200_000

export function shown(result: Result, all: boolean, toggle: () => void): TemplateResult {
  switch (result.task) {
    case 'classification': return classification(result.labels, all, toggle)
    case 'regression': return html`<p class="words">${result.values.slice(0, 1000).map(value).join(', ')}</p>`
    case 'text': return html`<p class="words">${result.text.slice(0, SHOWN)}</p>`
    case 'json': return typeof result.value === 'string' ? html`<p class="words">${result.value.slice(0, SHOWN)}</p>` : json(result.value)
    case 'tensors': return json(Object.fromEntries(Object.entries(result.outputs).map(([name, { dims, data }]) => [name, { dims, data: Array.from(data as ArrayLike<unknown>).slice(0, 1000) }])))
  }
}

function json(content: unknown): TemplateResult {
  const text = JSON.stringify(content, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item), 1)
  return html`<pre class="json" tabindex="0">${text.slice(0, SHOWN)}</pre>`
}
