/** Values and outputs written down as JSON, where nothing better is known of them. */
import { html, type TemplateResult } from 'lit'
import type { Outputs } from '../../shared/api.js'

/** More than this in one element slows the page down, and nobody reads it. */
export const SHOWN = 200_000

export function written(content: unknown): string {
  const plainly = (_: string, item: unknown): unknown => (typeof item === 'bigint' ? Number(item) : ArrayBuffer.isView(item) ? Array.from(item as Uint8Array) : item)
  return JSON.stringify(content, plainly, 1)
}

export function json(content: unknown): TemplateResult {
  return html`<pre class="json" tabindex="0">${written(content).slice(0, SHOWN)}</pre>`
}

/** The shapes of outputs, and the first of their elements. */
export function beginnings(outputs: Outputs): Record<string, { dims: readonly number[]; data: unknown[] }> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { dims, data }]) => [name, { dims, data: Array.from(data as ArrayLike<unknown>).slice(0, 1000) }]))
}
