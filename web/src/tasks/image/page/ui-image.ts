/** The page for pictures that are classified, as one script. */
import { defineApp } from '../../../page/ui/app.js'
import { classified } from './classified.js'
import { defineImageTask } from './task.js'

export function defineInterface(): string {
  defineImageTask()
  return defineApp('image', classified)
}
