/** The page for sites with their own Python, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { hooks } from '../../../page/ui/strings.gen.js'
import { define } from './task.js'

export function defineInterface(): string {
  define()
  return defineApp({
    name: 'hooks',
    purpose: () => hooks.tagline,
    content: ({ manifest, session, urls, files, own }) => html`<edgeweb-hooks .manifest=${manifest} .session=${session} .urls=${urls} .files=${files} .own=${own}></edgeweb-hooks>`,
  })
}
