/** Boxes over the picture, its classes in colours, or the picture that was made of it beside the visitor's own. */
import { html, type TemplateResult } from 'lit'
import type { Manifest, Result, TensorLike } from '../../../shared/api.js'
import * as scores from '../../../page/ui/claims.js'
import { defineBoxes } from '../../../page/ui/results/boxes.js'
import { defineMask } from '../../../page/ui/results/mask.js'
import { fixed, value } from '../../../page/ui/format.js'
import { results as t, similarity } from '../../../page/ui/strings.gen.js'
import { plain } from '../../../page/ui/plain.js'
import { beginnings } from '../../../page/ui/written.js'
import { defineCompare } from './compare.js'
import { defineDepth } from './depth.js'
import { cosine, defineMatches, type Match } from './matches.js'
import { draw } from './live.js'
import { greys } from '../shared/greys.js'
import type { Around, View } from './view.js'

/** A map with a shorter side shows nothing. */
const SMALLEST = 8

function shown(result: Result, url: string, _all: boolean, _toggle: () => void, around: Around): TemplateResult {
  switch (result.task) {
    case 'detection': return html`<edgeweb-boxes .url=${url} .boxes=${result.boxes} .skeleton=${around.skeleton} .scoring=${scores.found(around.manifest)} .least=${around.manifest.image?.least ?? 0} .written=${false}></edgeweb-boxes>`
    case 'segmentation': return html`<edgeweb-mask .url=${url} .found=${result}></edgeweb-mask>`
    case 'image': return html`<edgeweb-compare .url=${url} .image=${around.picture?.made ?? result.image}></edgeweb-compare>`
    case 'depth': return html`<edgeweb-depth .url=${url} .found=${result}></edgeweb-depth>`
    case 'similarity': return html`<edgeweb-matches .found=${result.matches} .pictures=${around.thumbnails}></edgeweb-matches>`
    case 'embedding': return compared(result.vector, around)
    case 'tensors': return html`${Object.entries(beginnings(result.outputs)).map(([name, { dims, data }]) => html`<h3><bdi>${name}</bdi> <span class="muted">${dims.join(' × ')}</span></h3>
      ${mapped(result.outputs[name]) ?? html`<p class="numbers" tabindex="0">${data.map((number) => (typeof number === 'number' ? value(number) : String(number))).join('  ')}</p>`}`)}`
    default: return html``
  }
}

/** Numbers in rows and columns, and nothing else, are seen sooner than read. */
function mapped(tensor: TensorLike | undefined): TemplateResult | undefined {
  if (tensor?.type !== 'float32') return undefined
  const [width = 0, height = 0, ...more] = [...tensor.dims].reverse()
  if (Math.min(width, height) < SMALLEST || more.some((size) => size !== 1)) return undefined
  const values = tensor.data as Float32Array
  return html`<edgeweb-depth .url=${''} .found=${{ width, height, values, image: greys(values, width, height) }}></edgeweb-depth>`
}

/** The visitor's other pictures, the most alike first. */
function compared(vector: readonly number[], { items, picture }: Around): TemplateResult {
  const pictures = new Map<string, string>()
  const matches: Match[] = []
  for (const other of items) {
    if (other === picture || other.result?.task !== 'embedding') continue
    const id = pictures.has(other.name) ? `${other.name} (${items.indexOf(other) + 1})` : other.name
    pictures.set(id, other.url)
    matches.push({ id, score: cosine(vector, other.result.vector) })
  }
  const size = t.vector(vector.length, value(Math.hypot(...vector)))
  if (!matches.length) return html`<p>${similarity.more}</p><p class="muted small">${size}</p>`
  return html`<edgeweb-matches .found=${matches.sort((a, b) => b.score - a.score)} .pictures=${pictures}></edgeweb-matches><p class="muted small">${size}</p>`
}

function said(result: Result, { image }: Manifest): string {
  if (result.task === 'similarity') return result.matches[0] ? similarity.best(plain(result.matches[0].id, 80), fixed(result.matches[0].score, 3)) : t.nothing
  return result.task === 'detection' ? t.found(result.boxes.filter(({ score }) => !(score < (image?.least ?? 0))).length) : t.done
}

/** The share of the picture that each class takes. */
function shares(mask: Uint8Array, labels: readonly string[]): (string | number)[][] {
  const counts = labels.map(() => 0)
  for (const index of mask) counts[index] = (counts[index] ?? 0) + 1
  return labels.map((label, i) => [label, (counts[i] ?? 0) / (mask.length || 1), '', '', '', '', ''])
}

export const found: View = {
  pictured: ({ task }) => task === 'detection' || task === 'segmentation' || task === 'image' || task === 'depth',
  shown,
  said,
  draw,
  columns: ['label', 'score', 'x', 'y', 'width', 'height', 'angle'],
  rows(result) {
    if (result.task === 'detection') return result.boxes.map(({ label, score, x, y, width, height, angle }) => [label, score, x, y, width, height, angle ?? ''])
    if (result.task === 'similarity') return result.matches.map(({ id, score }) => [id, score, '', '', '', '', ''])
    return result.task === 'segmentation' ? shares(result.mask, result.labels) : [['', '', '', '', '', '', '']]
  },
}

export function defineFound(): void {
  for (const define of [defineBoxes, defineMask, defineCompare, defineDepth, defineMatches]) define()
}
