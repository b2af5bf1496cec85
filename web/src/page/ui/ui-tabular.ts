/** The page for rows of a table, as one script. */
import { defineApp } from './app.js'
import { define } from './tabular/task.js'

export function defineInterface(): string {
  define()
  return defineApp('tabular')
}
