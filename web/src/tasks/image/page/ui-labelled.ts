/** The page for pictures against which the visitor's own labels are held, as one script. */
import { defineImageApp } from './app.js'
import { classified } from './classified.js'

export const defineInterface = (): string => defineImageApp('labelled', { ...classified, labels: true })
