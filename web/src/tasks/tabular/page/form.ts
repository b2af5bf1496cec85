/** The fields of one row: each column's control, tied to its label and its complaint. */
import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import { tabular as t } from '../../../page/ui/strings.gen.js'
import { name, plain } from '../../../page/ui/plain.js'
import type { Column } from './values.js'

export interface FieldView {
  column: Column
  index: number
  text: string
  wrong: string
  change: (index: number, text: string) => void
  leave: (index: number) => void
  /** What was predicted for, where that is a number: others near it can be tried. */
  base: number | undefined
  slide: (index: number, text: string) => void
}

type Control = HTMLInputElement | HTMLSelectElement

function choice({ column, index, text, wrong, change, leave }: FieldView, id: string): TemplateResult {
  const pick = (event: Event): void => {
    change(index, (event.currentTarget as Control).value)
    leave(index)
  }
  return html`<select id=${id} .value=${text} aria-invalid=${wrong ? 'true' : nothing} aria-describedby=${wrong ? `${id}-wrong` : nothing} @change=${pick}>
    <option value="" ?selected=${text === ''}>${t.choose}</option>
    ${(column.choices ?? []).map((each) => html`<option value=${each} ?selected=${text === each}>${plain(each, 80)}</option>`)}</select>`
}

function input({ column, index, text, wrong, change, leave }: FieldView, id: string): TemplateResult {
  const number = column.type === 'number' || column.type === 'integer'
  const mode = column.type === 'text' ? 'text' : number ? 'decimal' : 'text'
  return html`<input id=${id} type="text" inputmode=${mode} autocomplete="off" spellcheck="false" .value=${text}
    aria-invalid=${wrong ? 'true' : nothing} aria-describedby=${wrong ? `${id}-wrong` : nothing}
    @input=${(event: Event) => change(index, (event.currentTarget as Control).value)} @blur=${() => leave(index)}>`
}

/** Of each half of a slider: its own steps are whole, so that both ends are reached. */
const STEPS = 50

/** From nothing to twice the value; around 0 from -1 to 1. */
function slider({ column, index, text, base = 0, slide }: FieldView): TemplateResult {
  const span = Math.abs(base) || 1
  const at = Math.round((STEPS * (Number(text) - base)) / span) || 0
  const move = (event: Event): void => {
    const found = base + (span * (event.currentTarget as HTMLInputElement).valueAsNumber) / STEPS
    slide(index, String(column.type === 'integer' ? Math.round(found) : Number(found.toPrecision(6))))
  }
  return html`<input class="what-if" type="range" min=${-STEPS} max=${STEPS} .value=${live(String(at))} aria-label=${t.slider(plain(column.name, 60))} aria-valuetext=${text} @input=${move}>`
}

function tick({ column, index, text, change }: FieldView, id: string): TemplateResult {
  const toggle = (event: Event): void => change(index, String((event.currentTarget as HTMLInputElement).checked))
  return html`<div class="field"><label for=${id} class="cut">${name(column.name)}</label>
    <div class="tick"><input id=${id} type="checkbox" .checked=${text === 'true'} @change=${toggle}><span class="muted" aria-hidden="true">${t.yes}</span></div></div>`
}

/** One column's field with its label and, when it is wrong, the reason. */
export function field(view: FieldView): TemplateResult {
  const id = `column-${view.index}`
  const { column, wrong } = view
  if (column.type === 'boolean' && !column.choices?.length) return tick(view, id)
  return html`<div class="field"><label for=${id} class="cut">${name(column.name)}</label>
    ${column.choices?.length ? choice(view, id) : input(view, id)}
    ${view.base === undefined ? nothing : slider(view)}
    ${wrong ? html`<p class="wrong" id="${id}-wrong">${wrong}</p>` : nothing}</div>`
}
