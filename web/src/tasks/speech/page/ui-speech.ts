/** The page for models that speak, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { speech as words } from '../../../page/ui/strings.gen.js'
import { define } from './task.js'

export function defineInterface(): string {
  define()
  return defineApp({
    name: 'speech',
    purpose: () => words.tagline,
    content: ({ manifest, session }) => html`<edgeweb-speech .manifest=${manifest} .session=${session}></edgeweb-speech>`,
  })
}
