/** The page for pictures in which something is found, or of which others are made, as one script. */
import { defineApp } from './app.js'
import { defineFound, found } from './image/found.js'
import { defineImageTask } from './image/task.js'

export function defineInterface(): string {
  defineImageTask()
  defineFound()
  return defineApp('vision', found)
}
