/** The page for pictures of which a model tells values, as one script. */
import { defineImageApp } from './app.js'
import { valued } from './valued.js'

export const defineInterface = (): string => defineImageApp('values', valued)
