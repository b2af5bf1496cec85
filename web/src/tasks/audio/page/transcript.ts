/** What was said: the text, its lines with times that play the sound, and files to keep. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Said } from '../../../shared/api.js'
import * as icons from '../../../page/ui/icons.js'
import { save } from '../../../page/ui/save.js'
import { clock } from '../../../page/ui/results/waveform.js'
import { audio as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { linesOf, subtitles } from '../shared/lines.js'

class Transcript extends LitElement {
  static override properties = { text: { attribute: false }, segments: { attribute: false }, name: { attribute: false }, plays: { attribute: false } }
  static override styles = [...controls, css`
    :host { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
    .text { font-size: 1.125rem; line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere; max-inline-size: 42rem; }
    ol { list-style: none; padding: 0; margin: 0; display: grid; gap: 0.25rem; max-block-size: 24rem; overflow: auto; }
    li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.75rem; align-items: start; }
    li button { font-variant-numeric: tabular-nums; }
    li span { overflow-wrap: anywhere; padding-block-start: 0.25rem; }
    .time { font-variant-numeric: tabular-nums; color: var(--muted); }
  `]

  declare text: string
  declare segments: readonly Said[]
  /** What a download is called. */
  declare name: string
  /** Whether there is a player that the times can move. */
  declare plays: boolean

  constructor() {
    super()
    this.text = ''
    this.segments = []
    this.name = 'transcript'
    this.plays = true
  }

  private line({ text, start, end }: Said): TemplateResult {
    const play = (): void => void this.dispatchEvent(new CustomEvent('edgeweb-play', { detail: { start, end }, bubbles: true, composed: true }))
    return html`<li>${this.plays ? html`<button class="button chip" type="button" aria-label=${t.playFrom(clock(start))} @click=${play}>${icons.play}${clock(start)}</button>` : html`<span class="time">${clock(start)}</span>`}<span>${text}</span></li>`
  }

  protected override render(): TemplateResult {
    const { text, name } = this
    if (!text) return html`<p class="muted">${t.noWords}</p>`
    const lines = linesOf(this.segments)
    return html`<p class="text">${text}</p>
      <div class="row"><edgeweb-copy .text=${text} .label=${t.copyText}></edgeweb-copy>
        <button class="button chip" type="button" @click=${() => save(`${name}.txt`, `${text}\n`, 'text/plain;charset=utf-8')}>${icons.download}${t.textFile}</button>
        ${lines.length ? html`<button class="button chip" type="button" @click=${() => save(`${name}.vtt`, subtitles(lines), 'text/vtt;charset=utf-8')}>${icons.download}${t.subtitles}</button>` : nothing}</div>
      ${lines.length ? html`<ol aria-label=${t.times} tabindex="0">${lines.map((line) => this.line(line))}</ol>` : nothing}`
  }
}

export function defineTranscript(): void {
  if (!customElements.get('edgeweb-transcript')) customElements.define('edgeweb-transcript', Transcript)
}
