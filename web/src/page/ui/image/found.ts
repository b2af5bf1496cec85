/** Boxes over the picture, its classes in colours, or the picture that was made of it beside the visitor's own. */
import { html, type TemplateResult } from 'lit'
import type { Result } from '../../../shared/api.js'
import { defineBoxes } from '../hooks/boxes.js'
import { defineMask } from '../hooks/mask.js'
import { value } from '../format.js'
import { strings } from '../strings.js'
import { beginnings } from '../written.js'
import { defineCompare } from './compare.js'
import { draw } from './live.js'
import type { View } from './view.js'

const { hooks: t } = strings

function shown(result: Result, url: string): TemplateResult {
  switch (result.task) {
    case 'detection': return html`<edgeweb-boxes .url=${url} .boxes=${result.boxes} .written=${false}></edgeweb-boxes>`
    case 'segmentation': return html`<edgeweb-mask .url=${url} .found=${result}></edgeweb-mask>`
    case 'image': return html`<edgeweb-compare .url=${url} .image=${result.image}></edgeweb-compare>`
    case 'tensors': return html`${Object.entries(beginnings(result.outputs)).map(([name, { dims, data }]) => html`<h3><bdi>${name}</bdi> <span class="muted">${dims.join(' × ')}</span></h3>
      <p class="numbers" tabindex="0">${data.map((number) => (typeof number === 'number' ? value(number) : String(number))).join('  ')}</p>`)}`
    default: return html``
  }
}

function said(result: Result): string {
  return result.task === 'detection' ? t.found(result.boxes.length) : t.done
}

/** The share of the picture that each class takes. */
function shares(mask: Uint8Array, labels: readonly string[]): (string | number)[][] {
  const counts = labels.map(() => 0)
  for (const index of mask) counts[index] = (counts[index] ?? 0) + 1
  return labels.map((label, i) => [label, (counts[i] ?? 0) / (mask.length || 1), '', '', '', ''])
}

export const found: View = {
  pictured: true,
  shown,
  said,
  draw,
  columns: ['label', 'score', 'x', 'y', 'width', 'height'],
  rows(result) {
    if (result.task === 'detection') return result.boxes.map(({ label, score, x, y, width, height }) => [label, score, x, y, width, height])
    return result.task === 'segmentation' ? shares(result.mask, result.labels) : [['', '', '', '', '', '']]
  },
}

export function defineFound(): void {
  for (const define of [defineBoxes, defineMask, defineCompare]) define()
}
