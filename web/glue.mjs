// Pyodide's JavaScript without what only packages with compiled code call: most of it is a table of the interpreter's functions, and WebGL.
import { minify } from 'terser'

const ASSIGNED = /([\w$]+)=Module\["\1"\]=wasmExports\["([^"]+)"\](?:\.value>>>0)?;/g
const WRAPPED = /wasmExports\["([^"]+)"\]=makeWrapper_\w+\(wasmExports\["\1"\]\);/g
const SIGNED = /([\w$]+)\.sig="[^"]*";/g
const GRAPHICS = /^emscripten_(web)?gl/
const IDENTIFIER = /[A-Za-z_$][\w$]*/g
const IMPORTS = 'var wasmImports={'

/**
 * For a site whose hooks load no compiled package. All of the interpreter itself stays.
 *
 * @param glue the script; `loader`: the script that imports it, whose names of the interpreter's functions count as used.
 * @param module the interpreter, which says what it takes from the script.
 */
export async function prunedGlue(glue, loader, module) {
  const wanted = new Set(WebAssembly.Module.imports(module).map(({ name }) => name))
  const seen = counts(glue)
  const elsewhere = counts(loader)
  // Once declared, and twice in the assignment itself: whatever is named once more is used.
  const unused = new Set([...glue.matchAll(ASSIGNED)].filter(([, name]) => (seen.get(name) ?? 0) <= 3 && !elsewhere.has(name)).map(([, , symbol]) => symbol))
  // A direct eval() would keep every name alive; scripts that come to it see none of these anyway.
  const code = glue.replace(ASSIGNED, (whole, _, symbol) => (unused.has(symbol) ? '' : whole)).replace(/(?<![.\w$])eval\(/g, '(0,eval)(')
  if (unused.size === 0 || !WRAPPED.test(code) || !code.includes(IMPORTS)) throw new Error('The script of this Pyodide is of another form: see web/glue.mjs.')
  const { code: small } = await minify(withImports(code, wanted), { module: true, ecma: 2020, compress: { passes: 1 }, mangle: true, format: { comments: false } })
  return small
}

/** The script with those of its functions that the module takes. */
function withImports(code, wanted) {
  const start = code.indexOf(IMPORTS) + IMPORTS.length
  const end = code.indexOf('}', start)
  const kept = code.slice(start, end).split(',').filter((entry) => wanted.has(entry.split(':')[0]))
    // Their addresses are asked for at every start, and a small module made for each; nothing of Python's own draws.
    .map((entry) => (GRAPHICS.test(entry) ? `${entry.split(':')[0]}:_absent` : entry))
  const alive = new Set(kept.map((entry) => entry.split(':').at(-1)))
  const absent = 'var _absent=()=>{throw new Error("not in this build")};_absent.sig="v";'
  return `${code.slice(0, start - IMPORTS.length)}${absent}${IMPORTS}${kept.join(',')}${code.slice(end)}`.replace(SIGNED, (whole, name) => (alive.has(name) ? whole : ''))
}

function counts(code) {
  const found = new Map()
  for (const [name] of code.matchAll(IDENTIFIER)) found.set(name, (found.get(name) ?? 0) + 1)
  return found
}
