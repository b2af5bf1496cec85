/** What the interfaces for pictures have in common: one element, shown what to do with results. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { counted } from '../../../page/ui/header.js'
import { image as words } from '../../../page/ui/strings.gen.js'
import { defineImageTask } from './task.js'
import type { View } from './view.js'

export function defineImageApp(name: string, view: View): string {
  defineImageTask()
  return defineApp({
    name,
    purpose: ({ image, labels, gallery, matching, writer }) => (image?.pad && image.result === 'classification' ? words.tagline.drawn : image?.prompted ? words.tagline.prompted : writer?.seeing || writer?.asked ? words.tagline.asked : matching?.given?.length ? words.tagline.sought : matching ? words.tagline.matching : gallery ? words.tagline.gallery(new Set(gallery.ids).size) : image ? counted(words.tagline[image.result], image.result === 'regression' ? image.names?.length ?? 1 : labels?.length ?? 0) : ''),
    content: ({ manifest, session, urls, own, thumbnails }) => html`<edgeweb-image .view=${view} .thumbnails=${thumbnails} .manifest=${manifest} .session=${session} .urls=${urls} .own=${own}></edgeweb-image>`,
  })
}
