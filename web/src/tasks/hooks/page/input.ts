/** The form for what a hook gets: a file, a text, or a row. */
import { html, noChange, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { Manifest, PredictInput, Row } from '../../../shared/api.js'
import type { Hooks } from '../../../shared/manifest.gen.js'
import { hooks as t } from '../../../page/ui/strings.gen.js'
import { plain } from '../../../page/ui/plain.js'

const ACCEPT: Record<Hooks['input'], string> = { image: 'image/*', audio: 'audio/*', file: '', text: '', row: '' }

/** What can be dropped. */
type Offered = keyof typeof t.drop

/** What the visitor gave so far. `url` shows a picture or plays a sound. */
export interface Given {
  input: PredictInput | null
  name: string
  url: string
}

export const NOTHING: Given = { input: null, name: '', url: '' }

export function columnsOf({ hooks, tabular }: Manifest): string[] {
  return hooks?.columns?.length ? hooks.columns : (tabular?.columns.map(({ name }) => name) ?? [])
}

export function filePicker(kind: Hooks['input'], given: Given, take: (file: File) => void): TemplateResult {
  const pick = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement
    const [file] = input.files ?? []
    input.value = ''
    if (file) take(file)
  }
  const shown = given.url === '' ? nothing : kind === 'image' ? html`<img src=${given.url} alt=${plain(given.name)}>` : kind === 'audio' ? html`<audio controls src=${given.url}></audio>` : nothing
  return html`<div class="zone">${shown}<p>${given.name ? plain(given.name) : kind in t.drop ? t.drop[kind as Offered] : ''}</p>
    ${given.input ? nothing : html`<p class="muted small">${kind in t.or ? t.or[kind as Offered] : ''}</p>`}
    <label class="button ${given.input ? '' : 'primary'}"><input class="visually-hidden" type="file" accept=${ACCEPT[kind] || nothing} @change=${pick}>${given.input ? t.other : t.choose}</label></div>`
}

export function textField(text: string, change: (text: string) => void): TemplateResult {
  return html`<div class="field"><label for="text">${t.text}</label><textarea id="text" rows="6" .value=${text} @input=${(event: Event) => change((event.currentTarget as HTMLTextAreaElement).value)}></textarea></div>`
}

/** Fields whose content looks like a number are handed on as numbers. What was brought in a file is filled in; without columns as JSON. */
export function rowFields(columns: readonly string[], { input, name: file }: Given, change: (row: Row) => void): TemplateResult {
  const row = (input ?? {}) as Row
  if (columns.length === 0) return html`<div class="field"><label for="row">${t.json}</label><textarea id="row" rows="6" .value=${file ? live(JSON.stringify(row, null, 1)) : noChange} @input=${(event: Event) => change(parsed((event.currentTarget as HTMLTextAreaElement).value))}></textarea></div>`
  return html`${columns.map((name, i) => html`<div class="field"><label for="c${i}">${plain(name)}</label>
    <input id="c${i}" .value=${String(row[name] ?? '')} @input=${(event: Event) => change({ ...row, [name]: typed((event.currentTarget as HTMLInputElement).value) })}></div>`)}`
}

function typed(text: string): string | number {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

export function parsed(text: string): Row {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {}
  } catch {
    return {}
  }
}
