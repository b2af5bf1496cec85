/** The page for what writes about a text, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { text as words } from '../../../page/ui/strings.gen.js'
import { defineWriting, written } from './writing.js'

export function defineInterface(): string {
  defineWriting()
  return defineApp({
    name: 'writing',
    purpose: (manifest) => words.tagline.written[written(manifest)],
    content: ({ manifest, session }) => html`<edgeweb-writing .manifest=${manifest} .session=${session}></edgeweb-writing>`,
  })
}
