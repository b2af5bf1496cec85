/** The page for pictures in which something is found, or of which others are made, as one script. */
import { defineApp } from '../../../page/ui/app.js'
import { defineFound, found } from './found.js'
import { defineImageTask } from './task.js'

export function defineInterface(): string {
  defineImageTask()
  defineFound()
  return defineApp('vision', found)
}
