/** The page for any tensors, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { tensors } from '../../../page/ui/strings.gen.js'
import { define } from './task.js'

export function defineInterface(): string {
  define()
  return defineApp({
    name: 'tensors',
    purpose: ({ inputs }) => tensors.tagline(inputs.length),
    content: ({ manifest, session }) => html`<edgeweb-tensors .manifest=${manifest} .session=${session}></edgeweb-tensors>`,
  })
}
