/** The page for texts, as one script. */
import { defineApp } from './app.js'
import { define } from './words/task.js'

export function defineInterface(): string {
  define()
  return defineApp('text')
}
