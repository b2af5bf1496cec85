/** The page for pictures about which the visitor asks something, as one script. */
import { defineCopy } from '../../../page/ui/copy.js'
import { defineImageApp } from './app.js'
import { answered } from './written.js'

export function defineInterface(): string {
  defineCopy()
  return defineImageApp('asked', answered)
}
