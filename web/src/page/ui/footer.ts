/** The bottom of the page: which release this is, and for the curious what the model and the site consist of. */
import { css, html, nothing, type TemplateResult } from 'lit'
import type { Manifest } from '../../shared/api.js'
import { bytes, shape } from './format.js'
import { chevron } from './icons.js'
import { group } from './strings.js'
import { footer as t } from './strings.gen.js'
import { name, plain } from './plain.js'

const FILES = 200

export const footerStyles = css`
  .footer { border-block-start: 1px solid var(--line); padding-block: 1.25rem 2rem; font-size: 0.875rem; color: var(--muted); }
  .footer > .row { min-block-size: 2.75rem; gap: 0.25rem 1.25rem; }
  .footer a { color: var(--accent); text-underline-offset: 0.2em; padding-block: 0.625rem; }
  .footer summary { cursor: pointer; display: inline-flex; align-items: center; gap: 0.375rem; min-block-size: 2.75rem; list-style: none; color: var(--text); }
  .footer summary::-webkit-details-marker { display: none; }
  .footer .chevron { transition: transform 0.2s; }
  .footer details[open] .chevron { transform: rotate(180deg); }
  .details { display: grid; gap: 1.5rem; padding-block: 0.75rem 1rem; color: var(--text); }
  .details section { display: grid; gap: 0.5rem; min-inline-size: 0; }
  .details li { overflow-wrap: anywhere; line-height: 1.5; }
`

function tensorTable(title: string, infos: Manifest['inputs']): TemplateResult {
  return html`<section><h2>${title}</h2><div class="scroll" tabindex="0" role="region" aria-label=${title}><table>
    <thead><tr><th scope="col">${t.name}</th><th scope="col">${t.type}</th><th scope="col">${t.shape}</th></tr></thead>
    <tbody>${infos.map((info) => html`<tr>
      <th scope="row" class="cell">${name(info.name)}</th><td>${info.type}</td><td class="mono cell">${plain(shape(info.shape))}</td></tr>`)}</tbody>
  </table></div></section>`
}

function fileTable(manifest: Manifest): TemplateResult {
  const files = Object.entries(manifest.files)
  const total = files.reduce((sum, [, file]) => sum + file.bytes, 0)
  return html`<section><h2>${t.files}</h2><p>${t.fileTotal(files.length, bytes(total))}</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${t.files}><table>
    <thead><tr><th scope="col">${t.file}</th><th scope="col">${t.role}</th><th scope="col" class="end">${t.bytes}</th></tr></thead>
    <tbody>${files.slice(0, FILES).map(([path, file]) => html`<tr>
      <td class="mono cell">${name(path)}</td><td>${file.role}</td><td class="end">${group(file.bytes)}</td></tr>`)}</tbody>
  </table></div></section>`
}

function details(manifest: Manifest): TemplateResult {
  const notes = manifest.notes ?? []
  const runtimes = Object.entries(manifest.runtimes)
  return html`<div class="details">
    ${tensorTable(t.inputs, manifest.inputs)}
    ${tensorTable(t.outputs, manifest.outputs)}
    <section><h2>${t.runtime}</h2><ul>${runtimes.map(([id, runtime]) =>
      html`<li>${t.runtimeName} ${plain(runtime.version)} (${plain(id)}), ${bytes(runtime.wireBytes)}</li>`)}
      ${manifest.generator ? html`<li>${t.generator} ${plain(manifest.generator)}</li>` : nothing}</ul></section>
    ${notes.length ? html`<section><h2>${t.notes}</h2><ul>${notes.map((note) => html`<li>${plain(note, 600)}</li>`)}</ul></section>` : nothing}
    ${fileTable(manifest)}
  </div>`
}

export interface FooterView {
  manifest: Manifest
  open: boolean
  toggle: (event: Event) => void
  /** The addresses of the build report and of the model's card, or nothing. */
  report: string
  card: string
  offline: TemplateResult | typeof nothing
}

/** The tables are made only once they are asked for: they may be long. */
export function footer({ manifest, open, toggle, report, card, offline }: FooterView): TemplateResult {
  return html`<div class="footer"><details @toggle=${toggle}>
    <summary>${t.details}${chevron}</summary>${open ? details(manifest) : nothing}</details>
    <div class="row">${offline}<span>${t.made}</span><span class="mono">${t.release} ${plain(manifest.release, 12)}</span>
      ${card ? html`<a href=${card}>${t.card}</a>` : nothing}${report ? html`<a href=${report}>${t.report}</a>` : nothing}</div></div>`
}
