/** The page for texts, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { counted } from '../../../page/ui/header.js'
import { text as words } from '../../../page/ui/strings.gen.js'
import { formOf } from './form.js'
import { define } from './task.js'

export function defineInterface(): string {
  define()
  return defineApp({
    name: 'text',
    purpose: (manifest) => {
      const { text, labels, gallery } = manifest
      return gallery ? words.tagline.gallery(new Set(gallery.ids).size) : text ? counted(words.tagline[formOf(manifest)], kinds(labels ?? [])) : ''
    },
    content: ({ manifest, session }) => html`<edgeweb-text .manifest=${manifest} .session=${session}></edgeweb-text>`,
  })
}

/** How many kinds of things labels name: those of spans come with letters for their beginning and inside, and one for nothing. */
function kinds(labels: readonly string[]): number {
  return new Set(labels.filter((label) => label !== 'O').map((label) => label.replace(/^[BIELSU][-_]/, ''))).size
}
