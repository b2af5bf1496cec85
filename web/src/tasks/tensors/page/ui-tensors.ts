/** The page for any tensors, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { tagline } from '../../../page/ui/strings.gen.js'
import { define } from './task.js'

export function defineInterface(): string {
  define()
  return defineApp({
    name: 'tensors',
    purpose: ({ inputs }) => tagline.tensors(inputs.length),
    content: ({ manifest, session }) => html`<edgeweb-tensors .manifest=${manifest} .session=${session}></edgeweb-tensors>`,
  })
}
