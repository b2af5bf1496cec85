/** What the site's own Python gave: a known form, drawn over the visitor's input where it belongs there, or the JSON that it returned. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Box, Manifest, Result } from '../../../shared/api.js'
import { found, scoring } from '../../../page/ui/claims.js'
import { classification, spoken } from '../../../page/ui/results/bars.js'
import { value } from '../../../page/ui/format.js'
import { defineBoxes } from '../../../page/ui/results/boxes.js'
import type { Given } from './input.js'
import { definePicture } from '../../../page/ui/results/picture.js'
import { defineMask } from '../../../page/ui/results/mask.js'
import { defineTimeline } from '../../../page/ui/results/timeline.js'
import { defineSound } from '../../../page/ui/results/sound.js'
import { common, hooks as t, results } from '../../../page/ui/strings.gen.js'
import { beginnings, json, SHOWN, written } from '../../../page/ui/written.js'

/** @param given what the result is about: a picture's `url` is empty where the site takes no pictures. */
export function shown(result: Result, given: Given, manifest: Manifest, all: boolean, toggle: () => void): TemplateResult {
  switch (result.task) {
    case 'classification': return classification(result.labels, all, toggle, scoring(manifest))
    case 'similarity': return classification(ranked(result.matches), all, toggle, 'figures')
    case 'regression': return html`<p class="words">${result.values.slice(0, 1000).map(value).join(', ')}</p>`
    case 'text': return html`${result.boxes ? boxes(result.boxes, given.url, manifest, true) : nothing}<p class="words text" lang="">${result.text.slice(0, SHOWN) || html`<span class="muted">${results.nothing}</span>`}</p>`
    case 'detection': return boxes(result.boxes, given.url, manifest, false)
    case 'segmentation': return html`<edgeweb-mask .url=${given.url} .found=${result}></edgeweb-mask>`
    case 'depth':
    case 'image': return html`<edgeweb-picture .image=${result.image}></edgeweb-picture>`
    case 'embedding': return html`<p>${results.vector(result.vector.length, value(Math.hypot(...result.vector)))}</p>${json(result.vector)}`
    case 'segments': return html`<edgeweb-timeline .input=${given.input} .segments=${result.segments} .curve=${result.curve ?? []} .step=${result.step ?? 0} .scoring=${found(manifest)}></edgeweb-timeline>`
    case 'spans': return json(result.spans)
    case 'answers': return json(result.answers)
    case 'transcript': return html`<p class="words text" lang="">${result.text.slice(0, SHOWN)}</p>`
    case 'audio': return html`<edgeweb-sound .file=${given.input} .outcome=${{ samples: result.samples, rate: result.rate }}></edgeweb-sound>`
    case 'series': return json({ alarms: result.alarms, predicted: result.predicted.slice(0, 1000) })
    case 'json': return typeof result.value === 'string' ? html`<p class="words">${result.value.slice(0, SHOWN)}</p>` : json(result.value)
    case 'tensors': return json(beginnings(result.outputs))
  }
}

/** The outcome in one breath, for who hears the page. */
export function said(result: Result, manifest: Manifest): string {
  switch (result.task) {
    case 'classification': return spoken(result.labels, scoring(manifest))
    case 'similarity': return spoken(ranked(result.matches), 'figures')
    case 'detection': return results.found(result.boxes.length)
    case 'segments': return results.found(result.segments.length)
    case 'text': return result.text.slice(0, 300) || results.nothing
    default: return results.done
  }
}

/** What a visitor would take away, with the words for the button; null where a picture is all. */
export function taken(result: Result): { label: string; text: string } | null {
  if (result.task === 'image' || result.task === 'depth' || result.task === 'segmentation' || result.task === 'audio') return null
  if (result.task === 'text') return { label: t.copyText, text: result.text }
  const { milliseconds: _, task: __, ...rest } = result
  return { label: common.copy, text: written(result.task === 'json' ? result.value : rest) }
}

export function defineResults(): void {
  for (const define of [defineBoxes, defineMask, definePicture, defineTimeline, defineSound]) define()
}

function boxes(places: readonly Box[], url: string, manifest: Manifest, text: boolean): TemplateResult {
  return html`<edgeweb-boxes .url=${url} .boxes=${places} .scoring=${found(manifest)} .written=${text}></edgeweb-boxes>`
}

const ranked = (matches: readonly { id: string; score: number }[]): { label: string; score: number }[] => matches.map(({ id, score }) => ({ label: id, score }))

