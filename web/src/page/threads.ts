/** How many threads a model runs on. */

/** Half the logical cores, at most 4: more does not pay in WebAssembly. Threads need an isolated page. */
export function chooseThreads(wanted?: number): number {
  if (!globalThis.crossOriginIsolated) return 1
  return wanted ?? Math.min(4, Math.ceil((navigator.hardwareConcurrency || 1) / 2))
}
