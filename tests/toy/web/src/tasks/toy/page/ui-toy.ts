/** The page for two numbers, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { toy } from '../../../page/ui/strings.gen.js'

export function defineInterface(): string {
  return defineApp({ name: 'toy', purpose: () => toy.tagline, content: ({ manifest }) => html`<p>${manifest.title}</p>` })
}
