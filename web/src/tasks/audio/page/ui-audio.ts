/** The page for sounds, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { counted } from '../../../page/ui/header.js'
import { audio as words } from '../../../page/ui/strings.gen.js'
import { define } from './task.js'

export function defineInterface(): string {
  define()
  return defineApp({
    name: 'audio',
    purpose: ({ audio, labels }) => (audio ? counted(words.tagline[audio.result], labels?.length ?? 0) : ''),
    content: ({ manifest, session, urls, files, own }) => html`<edgeweb-audio .manifest=${manifest} .session=${session} .urls=${urls} .files=${files} .own=${own}></edgeweb-audio>`,
  })
}
