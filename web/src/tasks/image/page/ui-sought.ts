/** The page for pictures in which what the visitor names is looked for, as one script. */
import { defineImageApp } from './app.js'
import { defineFound, found } from './found.js'

export function defineInterface(): string {
  defineFound()
  return defineImageApp('sought', { ...found, labels: true })
}
