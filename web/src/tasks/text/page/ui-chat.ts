/** The page for what writes texts, as one script. */
import { html } from 'lit'
import { defineApp } from '../../../page/ui/app.js'
import { text as words } from '../../../page/ui/strings.gen.js'
import { defineChat } from './chat.js'

export function defineInterface(): string {
  defineChat()
  return defineApp({
    name: 'chat',
    purpose: () => words.tagline.text,
    content: ({ manifest, session }) => html`<edgeweb-chat .manifest=${manifest} .session=${session}></edgeweb-chat>`,
  })
}
