/** The page for series of measurements, as one script. */
import { defineApp } from './app.js'
import { define } from './series/task.js'

export function defineInterface(): string {
  define()
  return defineApp('series')
}
