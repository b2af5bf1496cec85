/** The page for pictures that a visitor draws, of which a model tells classes or values, as one script. */
import { html } from 'lit'
import { defineImageApp } from './app.js'
import { classified } from './classified.js'
import { definePad } from './pad.js'
import { valued } from './valued.js'
import type { View } from './view.js'

export function defineInterface(): string {
  definePad()
  const of = (task: string): View => (task === 'regression' ? valued : classified)
  return defineImageApp('drawn', {
    ...classified,
    shown: (result, ...around) => of(result.task).shown(result, ...around),
    said: (result, manifest) => of(result.task).said(result, manifest),
    rows: (result) => of(result.task).rows(result),
    pad: (manifest, session) => html`<edgeweb-pad .manifest=${manifest} .session=${session}></edgeweb-pad>`,
  })
}
