/** What a picture is most like: entries of the gallery with their thumbnails, or the other pictures that the visitor gave. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { cssVar } from '../../../page/ui/css-var.js'
import * as icons from '../../../page/ui/icons.js'
import { fixed } from '../../../page/ui/format.js'
import { similarity as t } from '../../../page/ui/strings.gen.js'
import { controls } from '../../../page/ui/styles.js'
import { name, plain } from '../../../page/ui/plain.js'

/** More are in the download. */
const SHOWN = 8

export interface Match { id: string; score: number }

class Matches extends LitElement {
  static override properties = { found: { attribute: false }, pictures: { attribute: false } }

  static override styles = [...controls, css`
    :host { display: block; container-type: inline-size; }
    ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 7.5rem), 1fr)); gap: 0.875rem; }
    li { display: grid; gap: 0.25rem; align-content: start; min-inline-size: 0; }
    li:first-child:not(:only-child) { grid-column: 1 / -1; grid-template-columns: minmax(0, 11rem) minmax(0, 1fr); column-gap: 1rem; }
    li:first-child:not(:only-child) .about { align-self: center; }
    .thumb { aspect-ratio: 1; inline-size: 100%; border-radius: var(--radius-small); overflow: hidden; background: var(--sunken); display: grid; place-items: center; color: var(--muted); }
    img { inline-size: 100%; block-size: 100%; object-fit: cover; display: block; }
    .about { display: grid; gap: 0.25rem; min-inline-size: 0; }
    .name { font-weight: 600; font-size: 0.9375rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    li:first-child:not(:only-child) .name { font-size: 1.375rem; letter-spacing: -0.01em; white-space: normal; overflow-wrap: anywhere; line-height: 1.2; }
    .figure { color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
    i { block-size: 5px; border-radius: 3px; background: var(--sunken); overflow: hidden; display: block; }
    i::after { content: ''; display: block; block-size: 100%; border-radius: 3px; background: var(--accent); inline-size: calc(var(--share, 0) * 100%); }
  `]

  declare found: readonly Match[]
  /** From an id to the address of its thumbnail. */
  declare pictures: ReadonlyMap<string, string>

  private entry({ id, score }: Match): TemplateResult {
    const url = this.pictures.get(id)
    return html`<li><span class="thumb">${url ? html`<img src=${url} alt=${t.entry(plain(id, 80))} decoding="async">` : icons.picture}</span>
      <span class="about">${name(id)}<i aria-hidden="true" ${cssVar('--share', String(Math.min(1, Math.max(0, score))))}></i><span class="figure">${t.score(fixed(score, 3))}</span></span></li>`
  }

  protected override render(): TemplateResult | typeof nothing {
    return html`<ol aria-label=${t.list}>${this.found.slice(0, SHOWN).map((match) => this.entry(match))}</ol>`
  }
}

/** The cosine of the angle between two vectors of one length. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  let [dot, x, y] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i] as number, b[i] as number]
    dot += p * q
    x += p * p
    y += q * q
  }
  return dot / (Math.sqrt(x * y) || 1)
}

export function defineMatches(): void {
  if (!customElements.get('edgeweb-matches')) customElements.define('edgeweb-matches', Matches)
}
