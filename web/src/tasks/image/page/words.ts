/** Where the visitor says what may be in a picture, or what there is to know about it. */
import { html, type TemplateResult } from 'lit'
import { image as t } from '../../../page/ui/strings.gen.js'

/** @param write while it is written. @param done when it is. */
export function wordField(asks: boolean | undefined, words: string, write: (event: Event) => void, done: () => void): TemplateResult {
  const [name, example, how] = asks ? [t.ask, t.askExample, t.askHow] : [t.labels, t.labelsExample, t.labelsHow]
  return html`<div class="field labels"><label for="labels">${name}</label>
    <textarea id="labels" rows="3" dir="auto" placeholder=${example} @input=${write} @change=${done} .value=${words}></textarea>
    <span class="muted small">${how}</span></div>`
}

/** The labels in what was written, a line each or with commas between; a question is one. */
export function saidIn(words: string, asks: boolean | undefined): string[] {
  return (asks ? [words] : words.split(/[\n,;]/)).map((word) => word.trim()).filter(Boolean)
}
