/** The first script of the page, and a small one: it starts every download at once. */
import { startEarly } from './early.js'

startEarly()
