/** What the visitor writes beside a picture: labels for what may be in it, or a question about it. */
import { html, type TemplateResult } from 'lit'
import { image as t } from '../../../page/ui/strings.gen.js'

/** Who stops writing for so long wants to see what comes of it. */
const PAUSE_MS = 700

export class Asking {
  private words = ''
  /** What was asked about last. */
  private asked = ''
  private writing: ReturnType<typeof setTimeout> | undefined

  /** @param renewed something else is asked now. */
  constructor(private readonly renewed: () => void) {}

  /** The site's own labels, until the visitor writes others. */
  start(labels: readonly string[]): void {
    if (this.words === '') this.words = labels.join(', ')
  }

  /** A line each, or with commas between. */
  get labels(): string[] {
    return this.words.split(/[\n,;]/).map((word) => word.trim()).filter(Boolean)
  }

  get question(): string {
    return this.words.trim()
  }

  labelField(): TemplateResult {
    return html`<div class="field labels"><label for="labels">${t.labels}</label>
      <textarea id="labels" rows="3" dir="auto" placeholder=${t.labelsExample} @input=${this.write} @change=${this.ask} .value=${this.words}></textarea>
      <span class="muted small">${t.labelsHow}</span></div>`
  }

  /** It is asked when it is finished: an answer takes long. */
  questionField(): TemplateResult {
    return html`<form class="field labels" @submit=${this.submit}><label for="question">${t.question}</label>
      <input id="question" type="text" dir="auto" autocomplete="off" enterkeyhint="go" placeholder=${t.questionExample} @input=${this.put} .value=${this.words}>
      <div class="row"><button class="button primary" type="submit">${t.ask}</button></div></form>`
  }

  private readonly put = (event: Event): void => {
    this.words = (event.currentTarget as HTMLInputElement | HTMLTextAreaElement).value
  }

  private readonly write = (event: Event): void => {
    this.put(event)
    clearTimeout(this.writing)
    this.writing = setTimeout(this.ask, PAUSE_MS)
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    this.ask()
  }

  private readonly ask = (): void => {
    clearTimeout(this.writing)
    const words = this.labels.join('\n')
    if (words === this.asked || words === '') return
    this.asked = words
    this.renewed()
  }
}
