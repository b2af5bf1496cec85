/** How many threads a model runs on. */
import { EdgewebError } from '../../shared/errors.js'

/** Half the logical cores, at most 4: more does not pay in WebAssembly. Threads need an isolated page. */
export function checkedThreads(wanted?: number): number {
  if (wanted !== undefined && (!Number.isInteger(wanted) || wanted < 1 || wanted > 64)) {
    throw new EdgewebError('usage', 'threads is not a whole number from 1 to 64.', 'Leave it out for a good default.')
  }
  if (!globalThis.crossOriginIsolated) return 1
  return wanted ?? Math.min(4, Math.ceil((navigator.hardwareConcurrency || 1) / 2))
}
