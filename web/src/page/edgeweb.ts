/** The public module: `import { load } from './edgeweb.js'`, and the `<edge-model>` element. */
import { defineElement } from './element.js'

export { load } from './load.js'
export { EdgewebError } from '../shared/errors.js'

defineElement()
