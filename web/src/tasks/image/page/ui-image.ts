/** The page for pictures that are classified, as one script. */
import { defineImageApp } from './app.js'
import { classified } from './classified.js'

export const defineInterface = (): string => defineImageApp('image', classified)
