/** The fields of one row: each column's control, tied to its label and its complaint. */
import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import { value } from '../../../page/ui/format.js'
import { tabular as t } from '../../../page/ui/strings.gen.js'
import { name, plain } from '../../../page/ui/plain.js'
import { ended } from '../../../page/ui/slide.js'
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
  /** Whether another value than the choices is being written. */
  free: boolean
  pick: (index: number, text: string, free: boolean) => void
}

type Control = HTMLInputElement | HTMLSelectElement

/** No choice can be called so. */
const OTHER = '\u0000'

const numeric = ({ type }: Column): boolean => type === 'number' || type === 'integer'

/** Besides a column's name, by which `edgeweb dev` finds its field in the next page. */
const OTHER_FIELD = '(other)'
const SLIDER = '(slider)'

/** What an empty field means; of a category that is called by no name, that one. */
const emptiness = ({ choices, missing }: Column): string => (choices?.includes('') ? t.empty : missing ? t.unknown : t.choose)

function choice(view: FieldView, id: string): TemplateResult {
  const { column, index, text, wrong, pick, leave } = view
  const choices = (column.choices ?? []).filter((each) => each !== '')
  const other = view.free || (text !== '' && !choices.includes(text))
  const chosen = (event: Event): void => {
    const { value } = event.currentTarget as Control
    pick(index, value === OTHER ? '' : value, value === OTHER)
    leave(index)
  }
  return html`<select id=${id} name=${column.name} aria-invalid=${wrong && !other ? 'true' : nothing} aria-describedby=${wrong ? `${id}-wrong` : nothing} @change=${chosen}>
    <option value="" .selected=${!other && text === ''}>${emptiness(column)}</option>
    ${choices.map((each) => html`<option value=${each} .selected=${!other && text === each}>${plain(each, 80)}</option>`)}
    ${column.others || other ? html`<option value=${OTHER} .selected=${other}>${t.other}</option>` : nothing}</select>
    ${other ? input(view, `${id}-other`, t.otherOf(plain(column.name, 60))) : nothing}`
}

/** The range that is usual, or that nothing has to be known. */
function placeholder({ missing, low, high }: Column): string {
  if (missing) return t.unknown
  return low == null || high == null ? '' : `${value(low)} – ${value(high)}`
}

function input({ column, index, text, wrong, change, leave }: FieldView, id: string, label?: string): TemplateResult {
  return html`<input id=${id} name=${label === undefined ? column.name : `${column.name} ${OTHER_FIELD}`} type="text" inputmode=${numeric(column) ? 'decimal' : 'text'} autocomplete="off" spellcheck="false" .value=${text}
    placeholder=${placeholder(column)} aria-label=${label ?? nothing} aria-invalid=${wrong ? 'true' : nothing} aria-describedby=${wrong ? `column-${index}-wrong` : nothing}
    @input=${(event: Event) => change(index, (event.currentTarget as Control).value)} @blur=${() => leave(index)}>`
}

/** A text that is none of a few words may be a long one. */
function words({ column, index, text, wrong, change, leave }: FieldView, id: string): TemplateResult {
  return html`<textarea id=${id} name=${column.name} class="words" rows="2" autocomplete="off" .value=${text} placeholder=${placeholder(column)} aria-invalid=${wrong ? 'true' : nothing}
    aria-describedby=${wrong ? `column-${index}-wrong` : nothing} @input=${(event: Event) => change(index, (event.currentTarget as HTMLTextAreaElement).value)} @blur=${() => leave(index)}></textarea>`
}

/** Of each half of a slider around a value: its own steps are whole, so that both ends are reached. */
const STEPS = 50

/** Whether nothing says which values are usual: a slider's ends are then told by how often they are the value. */
const open = ({ low, high }: Column): boolean => low == null || high == null || high <= low

/** Where a slider's steps lead: over the usual range, or from nothing to twice the value, around 0 from -1 to 1. */
function scale({ low, high, step, type }: Column, base: number): { from: number; to: number; at: (value: number) => number; value: (at: number) => number } {
  if (low == null || high == null || high <= low) {
    const span = Math.abs(base) || 1
    return { from: -STEPS, to: STEPS, at: (found) => (STEPS * (found - base)) / span, value: (at) => base + (span * at) / STEPS }
  }
  const size = step || (type === 'integer' ? 1 : (high - low) / (2 * STEPS))
  return { from: 0, to: Math.max(1, Math.round((high - low) / size)), at: (found) => (found - low) / size, value: (at) => low + size * at }
}

function slider({ column, index, text, base = 0, slide }: FieldView): TemplateResult {
  const { from, to, at, value: found } = scale(column, base)
  const known = text.trim() !== '' && Number.isFinite(Number(text))
  const written = (moved: number): string => String(column.type === 'integer' ? Math.round(moved) : Number(moved.toPrecision(6)))
  const place = known ? Math.min(to, Math.max(from, Math.round(at(Number(text))))) : Math.round((from + to) / 2)
  const move = (event: Event): void => {
    const moved = found((event.currentTarget as HTMLInputElement).valueAsNumber)
    slide(index, written(moved))
  }
  const ends = open(column) && base ? (base > 0 ? ['× 0', '× 2'] : ['× 2', '× 0']) as readonly [string, string] : [value(Number(written(found(from)))), value(Number(written(found(to))))] as const
  return ended(html`<input class="what-if ${known ? '' : 'idle'}" name=${`${column.name} ${SLIDER}`} type="range" min=${from} max=${to} .value=${live(String(place))} aria-label=${t.slider(plain(column.name, 60))} aria-valuetext=${text || t.unknown} @input=${move}>`, ...ends)
}

/** Whether a slider stands under a field: where others have been tried, or the usual range is known. */
const slides = ({ column, base }: FieldView): boolean =>
  base !== undefined || (numeric(column) && !column.choices?.length && !open(column))

function tick({ column, index, text, change }: FieldView, id: string): TemplateResult {
  const toggle = (event: Event): void => change(index, String((event.currentTarget as HTMLInputElement).checked))
  return html`<div class="field"><label for=${id} class="cut">${name(column.name)}</label>
    <div class="tick"><input id=${id} name=${column.name} type="checkbox" .checked=${text === 'true'} @change=${toggle}><span class="muted" aria-hidden="true">${t.yes}</span></div></div>`
}

/** One column's field with its label and, when it is wrong, the reason. */
export function field(view: FieldView): TemplateResult {
  const id = `column-${view.index}`
  const { column, wrong } = view
  if (column.type === 'boolean' && !column.choices?.length) return tick(view, id)
  return html`<div class="field"><label for=${id} class="cut">${name(column.name)}</label>
    ${column.choices?.length ? choice(view, id) : column.type === 'text' ? words(view, id) : input(view, id)}
    ${slides(view) ? slider(view) : nothing}
    ${wrong ? html`<p class="wrong" id="${id}-wrong">${wrong}</p>` : nothing}</div>`
}
