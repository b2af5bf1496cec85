/** The site's examples, one click each: pictures as they look, other files by their names. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Hooks } from '../../../shared/manifest.gen.js'
import { results as t } from '../strings.gen.js'
import { plain } from '../plain.js'

export interface Examples {
  paths: readonly string[]
  /** Checked bytes as blob: addresses and as files; null until they are there. */
  urls: ReadonlyMap<string, string> | null
  files: ReadonlyMap<string, Blob> | null
}

/** The file's own name: in the site it carries a part of its hash, and what no host should treat as a page ends in .bin. */
export function nameOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/-[0-9a-f]{16}(\.[^.]*)$/, '$1').replace(/\.bin$/, '')
}

export function examples(kind: Hooks['input'], { paths, urls, files }: Examples, use: (file: File) => void): TemplateResult | typeof nothing {
  if (paths.length === 0) return nothing
  const pick = (path: string): void => {
    const file = files?.get(path)
    if (file) use(new File([file], nameOf(path), { type: file.type }))
  }
  const button = (path: string, i: number): TemplateResult => (kind === 'image'
    ? html`<button class="thumb" type="button" aria-label=${t.example(i + 1)} ?disabled=${!files?.has(path)} @click=${() => pick(path)}>
        <img src=${urls?.get(path) ?? nothing} alt="" decoding="async" width="68" height="68"></button>`
    : html`<button class="button chip" type="button" ?disabled=${!files?.has(path)} @click=${() => pick(path)}>${plain(nameOf(path), 40)}</button>`)
  return html`<div class="examples"><h2 class="small muted">${t.examples}</h2><div class="thumbs">${paths.map(button)}</div></div>`
}
