/** The page for sites with their own Python, as one script. */
import { defineApp } from './app.js'
import { define } from './hooks/task.js'

export function defineInterface(): string {
  define()
  return defineApp('hooks')
}
