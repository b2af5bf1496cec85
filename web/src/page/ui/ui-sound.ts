/** The page for sounds, as one script. */
import { defineApp } from './app.js'
import { define } from './sound/task.js'

export function defineInterface(): string {
  define()
  return defineApp('sound')
}
