/** The page for pictures about which a visitor asks, as one script. */
import { defineCopy } from '../../../page/ui/copy.js'
import { defineImageApp } from './app.js'
import { written } from './written.js'

export function defineInterface(): string {
  defineCopy()
  return defineImageApp('asked', { ...written, labels: true, asks: true })
}
