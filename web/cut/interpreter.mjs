// The interpreter without the modules that few hooks import: their functions trap, their data is blank, and Python does not know them.
import { bodies, codeOf, exportsOf, exportSection, globals, SECTION, section, segments, tableOf, trapped, withSections } from './wasm.mjs'
import { removable, unread } from './reach.mjs'

/** Modules of Python's own, in C, that a site gets only with the whole interpreter. */
export const LEFT_OUT = [
  '_bz2', '_codecs_cn', '_codecs_hk', '_codecs_iso2022', '_codecs_jp', '_codecs_kr', '_codecs_tw', '_ctypes', '_elementtree', '_lsprof', '_lzma', '_multibytecodec', '_posixsubprocess',
  '_remote_debugging', '_socket', '_sqlite3', '_zstd', 'faulthandler', 'fcntl', 'mmap', 'pyexpat', 'termios', 'unicodedata', '_testbuffer', '_testcapi', '_testinternalcapi', '_testlimitedcapi',
  '_testclinic', '_testclinic_limited', '_xxtestfuzz',
]
/** A module of two lines, in whose place others are not found. */
const NOBODY = 'xxsubtype'

/**
 * @param module Pyodide's; `entered`: for each of its own functions whether anything that is kept enters it; `exports`: what its script takes.
 */
export function smaller(module, entered, exports) {
  const found = bodies(module)
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(module)).filter(({ kind }) => kind === 'function').length
  const all = exportsOf(module)
  const kept = all.filter(({ name, kind }) => kind === 1 || kind === 2 || kind === 4 || exports.has(name))
  const places = new Map(all.filter(({ kind }) => kind === 0).map(({ name, index }) => [name, index - imported]))
  const first = Math.min(...LEFT_OUT.map((name) => places.get(`PyInit_${name}`) ?? Infinity))
  const roots = [...found.keys()].filter((at) => entered[at] || at < first)
  for (const { kind, index } of kept) if (kind === 0) roots.push(index - imported)
  const runs = removable(found, imported, roots, first)
  const out = new Set(runs.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i)))
  const values = globals(module)
  const own = WebAssembly.Module.imports(new WebAssembly.Module(module)).filter(({ kind }) => kind === 'global').length
  const published = all.filter(({ kind, index }) => kind === 3 && index >= own).map(({ index }) => values[index - own]).filter((value) => value !== undefined)
  const copy = Buffer.from(module)
  const texts = segments(copy)[0]
  if (!process.env.NOBLANK) for (const [from, to] of unread(copy, found, runs, published, texts.address + texts.bytes.length)) blank(copy, from, to)
  if (!process.env.NOFORGET) forget(copy, places, imported)
  return withSections(copy, { [SECTION.export]: exportSection(kept), [SECTION.code]: codeOf(process.env.NOTRAP ? found : trapped(found, out)) })
}

function blank(module, from, to) {
  for (const { address, bytes } of segments(module)) {
    if (address < to && address + bytes.length > from) bytes.fill(0, Math.max(0, from - address), Math.min(bytes.length, to - address))
  }
}

/** In the list of built-in modules each entry that is left out gets the name of another one: for Python there is no such module. */
function forget(module, places, imported) {
  const slots = new Map([...tableOf(module)].map(([place, index]) => [index - imported, place]))
  const wanted = new Map(LEFT_OUT.map((name) => [slots.get(places.get(`PyInit_${name}`)), name]))
  const nobody = slots.get(places.get(`PyInit_${NOBODY}`))
  const all = segments(module)
  const entries = all.flatMap((segment) => entriesOf(segment, new Set([nobody, ...wanted.keys()])))
  const other = entries.find(({ start, name }) => start === nobody && textAt(all, name) === NOBODY)
  if (other === undefined) throw new Error('the list of built-in modules was not found')
  for (const { start, name, view, at } of entries) if (textAt(all, name) === wanted.get(start)) view.setUint32(at, other.name, true)
}

/** Pairs of aligned words of which the second is one of `starts`. */
function entriesOf({ address, bytes }, starts) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const found = []
  for (let at = (4 - (address % 4)) % 4; at + 8 <= bytes.length; at += 4) {
    const start = view.getUint32(at + 4, true)
    if (starts.has(start)) found.push({ start, name: view.getUint32(at, true), view, at })
  }
  return found
}

function textAt(all, pointer) {
  const { address, bytes } = all.find((each) => pointer >= each.address && pointer < each.address + each.bytes.length) ?? {}
  if (bytes === undefined) return undefined
  return Buffer.from(bytes.subarray(pointer - address, bytes.indexOf(0, pointer - address))).toString()
}
