/** The page for any tensors, as one script. */
import { defineApp } from './app.js'
import { define } from './tensors/task.js'

export function defineInterface(): string {
  define()
  return defineApp('tensors')
}
