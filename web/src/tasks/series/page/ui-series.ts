/** The page for series of measurements, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { series as words } from '../../../page/ui/strings.gen.js'
import { define } from './task.js'

export function defineInterface(): string {
  define()
  return defineApp({
    name: 'series',
    purpose: ({ series }) => (series ? words.tagline[series.result](series.columns.length) : ''),
    content: ({ manifest, session, files, own }) => html`<edgeweb-series .manifest=${manifest} .session=${session} .files=${files} .own=${own}></edgeweb-series>`,
  })
}
