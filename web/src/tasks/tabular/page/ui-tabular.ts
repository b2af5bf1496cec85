/** The page for rows of a table, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { tabular as words } from '../../../page/ui/strings.gen.js'
import { define } from './task.js'

export function defineInterface(): string {
  define()
  return defineApp({
    name: 'tabular',
    purpose: ({ task, tabular }) => (task === 'tabular-regression' ? words.tagline.regression : words.tagline.classification)(tabular?.columns.length ?? 0),
    content: ({ manifest, session }) => html`<edgeweb-tabular .manifest=${manifest} .session=${session}></edgeweb-tabular>`,
  })
}
