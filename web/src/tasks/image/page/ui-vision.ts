/** The page for pictures in which something is found, or of which others are made, as one script. */
import { defineImageApp } from './app.js'
import { defineFound, found } from './found.js'

export function defineInterface(): string {
  defineFound()
  return defineImageApp('vision', found)
}
