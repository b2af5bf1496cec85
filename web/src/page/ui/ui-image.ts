/** The page for pictures, as one script. */
import { defineApp } from './app.js'
import { define } from './image/task.js'

export function defineInterface(): string {
  define()
  return defineApp('image')
}
