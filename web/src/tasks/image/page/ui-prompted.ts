/** The page for pictures in which the visitor points at what is wanted, as one script. */
import { html } from 'lit'
import { results as t } from '../../../page/ui/strings.gen.js'
import { defineImageApp } from './app.js'
import { definePointing } from './pointing.js'
import type { View } from './view.js'

const prompted: View = {
  points: true,
  pictured: ({ task }) => task === 'segmentation',
  shown: (result, url, _all, _toggle, { picture }) => html`<edgeweb-pointing .url=${url} .found=${result.task === 'segmentation' && picture?.points?.length ? result : null} .points=${picture?.points ?? []}></edgeweb-pointing>`,
  said: () => t.done,
  columns: ['selected', 'score'],
  rows: (result) => (result.task === 'segmentation' ? [[result.mask.reduce((sum, value) => sum + value, 0) / (result.mask.length || 1), result.score ?? '']] : []),
}

export function defineInterface(): string {
  definePointing()
  return defineImageApp('prompted', prompted)
}
