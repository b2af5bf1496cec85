// Which functions a module can do without, and which of its data only those read.
import { references, segments } from './wasm.mjs'

/** Functions in a row that nothing entered: fewer, or those at the ends of more, may belong to what is used after all. */
const RUN = 24
const MARGIN = 8
/** Bytes in a row that are worth blanking. */
const GAP = 512

/**
 * The functions, by their places among the module's own, that can be taken out.
 *
 * Kept is what was entered, whatever that calls directly, at any depth, and what stands near either in the order of linking, which is
 * that of the source files.
 *
 * @param bodies the module's own functions; `imported` stand before them.
 * @param roots places of functions that count as entered.
 * @param from the first place that may be taken out.
 */
export function removable(bodies, imported, roots, from) {
  const used = new Uint8Array(bodies.length)
  const waiting = [...roots]
  while (waiting.length > 0) {
    const at = waiting.pop()
    if (at < 0 || used[at]) continue
    used[at] = 1
    for (const index of references(bodies[at]).calls) waiting.push(index - imported)
  }
  const runs = []
  for (let start = from; start < bodies.length; start++) {
    if (used[start]) continue
    let end = start
    while (end < bodies.length && !used[end]) end++
    if (end - start >= RUN) runs.push([start + MARGIN, end === bodies.length ? end : end - MARGIN])
    start = end
  }
  return runs
}

/**
 * Parts of the data that belong to the functions of one run alone, as [from, to) addresses.
 *
 * Constant data lies in the order of linking as well, so that between two addresses that the same run names, and no other function, there
 * is only what the source files of that run brought. Texts are shared by all files and lie first; published symbols may be anybody's.
 *
 * @param published addresses that the module exports.
 * @param texts where the shared texts end.
 */
export function unread(module, bodies, runs, published, texts) {
  const data = segments(module)
  const end = Math.max(...data.map(({ address, bytes }) => address + bytes.length))
  const owner = new Map()
  const others = new Set(published)
  let run = 0
  for (const [at, body] of bodies.entries()) {
    while (run < runs.length && at >= runs[run][1]) run++
    const inside = run < runs.length && at >= runs[run][0]
    for (const value of references(body).constants) {
      if (value < texts || value >= end) continue
      if (!inside || (owner.has(value) && owner.get(value) !== run)) others.add(value)
      else owner.set(value, run)
    }
  }
  const named = [...new Set([...owner.keys(), ...others])].sort((a, b) => a - b)
  const found = []
  for (let i = 0; i + 1 < named.length; i++) {
    const [from, to] = [named[i], named[i + 1]]
    if (!others.has(from) && !others.has(to) && owner.get(from) === owner.get(to) && to - from >= GAP) found.push([from, to])
  }
  return found
}
