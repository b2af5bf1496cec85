/** The page for pictures that are classified, as one script. */
import { defineApp } from './app.js'
import { classified } from './image/classified.js'
import { defineImageTask } from './image/task.js'

export function defineInterface(): string {
  defineImageTask()
  return defineApp('image', classified)
}
