// Pyodide's JavaScript without what only packages with compiled code would call: most of it is a table of the interpreter's functions, and SDL.
import { minify } from 'terser'

const ASSIGNED = /([\w$]+)=Module\["\1"\]=wasmExports\["([^"]+)"\](?:\.value>>>0)?;/g
const WRAPPED = /wasmExports\["([^"]+)"\]=makeWrapper_\w+\(wasmExports\["\1"\]\);/g
const SIGNED = /([\w$]+)\.sig="[^"]*";/g
const GRAPHICS = /^emscripten_(web)?gl/
const IDENTIFIER = /[A-Za-z_$][\w$]*/g

/**
 * @param glue the script; `loader`: the script that imports it, whose names of the interpreter's functions count as used.
 * @param imports names that the module imports; `resolved`: names whose addresses it asks for when it starts.
 * @returns { code, exports }: the script, and the names that it takes from the module.
 */
export async function prunedGlue(glue, loader, imports, resolved) {
  const seen = counts(glue)
  const elsewhere = counts(loader)
  const used = new Set(resolved)
  // One more than the declaration and the two of the assignment.
  for (const [, name, symbol] of glue.matchAll(ASSIGNED)) if ((seen.get(name) ?? 0) > 3 || elsewhere.has(name)) used.add(symbol)
  let code = glue.replace(ASSIGNED, (whole, _, symbol) => (used.has(symbol) ? whole : ''))
  const wrapped = [...code.matchAll(WRAPPED)].map(([whole]) => whole).join('')
  for (const [, symbol] of code.replaceAll(WRAPPED, '').matchAll(/wasmExports(?:\?\.)?\["([^"]+)"\]/g)) used.add(symbol)
  for (const [, symbol] of code.matchAll(/resolveGlobalSymbol\("([^"]+)"/g)) used.add(symbol === 'main' ? '__main_argc_argv' : symbol)
  if (wrapped === '') throw new Error('the script of Pyodide is of another form')
  code = code.replace(WRAPPED, (whole, symbol) => (used.has(symbol) ? whole : ''))
  // A direct eval() would keep every name alive; that of a script of one's own sees none of them anyway.
  code = code.replace(/(?<![.\w$])eval\(/g, '(0,eval)(')
  code = withImports(code, (name) => imports.has(name) || resolved.has(name))
  const compress = { passes: 1, ecma: 2020, unsafe_arrows: false, keep_fargs: false, pure_getters: false }
  const { code: small } = await minify(code, { module: true, ecma: 2020, compress, mangle: { keep_fnames: false }, format: { comments: false } })
  return { code: small, exports: used }
}

/** The script with those of its functions for the module whose names `wanted` takes. */
function withImports(code, wanted) {
  const start = code.indexOf('var wasmImports={') + 'var wasmImports={'.length
  const end = code.indexOf('}', start)
  const entries = code.slice(start, end).split(',')
  // Their addresses are asked for, all of them, at every start; nothing of Python's own draws.
  const kept = entries.filter((entry) => wanted(entry.split(':')[0])).map((entry) => (GRAPHICS.test(entry) ? `${entry.split(':')[0]}:_absent` : entry))
  const alive = new Set(kept.map((entry) => entry.split(':').at(-1)))
  const absent = 'var _absent=()=>{throw new Error("not in this build")};_absent.sig="v";'
  const place = start - 'var wasmImports={'.length
  return (code.slice(0, place) + absent + code.slice(place, start) + kept.join(',') + code.slice(end)).replace(SIGNED, (whole, name) => (alive.has(name) ? whole : ''))
}

function counts(code) {
  const found = new Map()
  for (const [name] of code.matchAll(IDENTIFIER)) found.set(name, (found.get(name) ?? 0) + 1)
  return found
}
