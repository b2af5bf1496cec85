/** The page for any tensors, as one script. */
import { defineApp } from '../../../page/ui/app.js'
import { define } from './task.js'

export function defineInterface(): string {
  define()
  return defineApp('tensors')
}
