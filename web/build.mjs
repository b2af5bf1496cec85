// Bundles the browser half into web/dist: content-hashed assets with .br and .gz beside them, and index.json that names them.
// With --light what few sites carry has no .br, which takes 43 seconds of a processor: Pyodide, its library, builds for GPUs. The builder makes it for the first site that does. No wheel goes without.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'esbuild'
import { prunedGlue } from './glue.mjs'
import { interfaces } from './kinds.mjs'
import { compiledLibrary } from './library.mjs'
import { englishWords, withWords } from './strings.mjs'

const dist = join(import.meta.dirname, 'dist')
const assets = join(dist, 'assets')
mkdirSync(assets, { recursive: true })
const light = process.argv.includes('--light')
const SLOW = /^(pyodide-\w+\.wasm|python-library-\w+\.zip|.+-(jspi|asyncify)-\w+\.wasm)$/

// ONNX Runtime Web's builds: with WebGPU by promise integration, or by asyncify where a browser lacks that.
const flavours = [
  { name: 'wasm', module: 'wasm', file: 'ort-wasm-simd-threaded' },
  { name: 'jspi', module: 'jspi', file: 'ort-wasm-simd-threaded.jspi' },
  { name: 'asyncify', module: 'webgpu', file: 'ort-wasm-simd-threaded.asyncify' },
]
// No host takes a file above 25 MiB, and some stop at 20; below that a browser compiles the whole file while it arrives.
const MAX_BYTES = 20 << 20
const ort = join(import.meta.dirname, 'node_modules/onnxruntime-web')
const pyodide = join(import.meta.dirname, 'node_modules/pyodide')
const interpreterWasm = readFileSync(join(pyodide, 'pyodide.asm.wasm'))

const kept = new Map()
const ortFiles = flavours.map(({ file }) => ({ glue: keepOrt(file, 'mjs')[0], wasm: keepOrt(file, 'wasm') }))
const interpreterFile = keep('pyodide', 'wasm', interpreterWasm)
// To compress these takes longest, on threads of its own: all else is made meanwhile.
const begun = new Map([...kept].map(([name, bytes]) => [name, writeCompressed(name, bytes)]))
await import('./generate.mjs')

const shared = {
  absWorkingDir: import.meta.dirname, bundle: true, format: 'esm', minify: true, target: 'es2022', metafile: true, write: false,
  outdir: assets, legalComments: 'none', entryNames: '[name]-[hash]', conditions: ['onnxruntime-web-use-extern-wasm'],
}
// One file each, nothing split: every request costs more than the bytes that two interfaces would share.
const page = await build({ ...shared, entryPoints: ['src/page/edgeweb.ts', ...interfaces.values()] })
// Both stand inside index.html, where the policy allows them by their hashes: a style that stalls on its way would hold the page blank.
const inline = await build({ ...shared, entryPoints: ['src/page/inline.ts'], format: 'iife' })
const style = await build({ ...shared, entryPoints: ['src/page/page.css'] })
// Around a site that `edgeweb dev` serves, and in none.
const dev = await build({ ...shared, entryPoints: ['src/dev/dev.ts', 'src/dev/dev.css'], entryNames: '[name]' })
// The worker stands alone: what it imports must not be fetched from where it has no network. One for each build of ONNX Runtime
// Web, with that build in place of the plain one.
const workers = await Promise.all(flavours.map(({ name, module }) => build({
  ...shared, entryPoints: [{ in: 'src/worker/worker.ts', out: `worker-${name}` }], external: ['module', 'worker_threads'],
  ...(module === 'wasm' ? {} : { alias: { 'onnxruntime-web/wasm': `onnxruntime-web/${module}` } }),
})))

// For sites whose model reads token ids: the worker imports it, with Hugging Face's tokenizer inside.
const text = await build({ ...shared, entryPoints: [{ in: 'src/tasks/text/worker/script.ts', out: 'text' }] })

// Pyodide's own script is for Node as well; what it imports there no browser meets.
const python = await build({ ...shared, entryPoints: [{ in: 'src/python/worker.ts', out: 'worker-python' }], external: ['node:*', 'ws'] })

// One classic script: a service worker that imports would need its imports fetched and checked as well.
const serviceWorker = await build({ ...shared, entryPoints: ['src/sw/sw.ts'], format: 'iife' })

for (const result of [page, python, text, ...workers]) for (const file of result.outputFiles) kept.set(basename(file.path), Buffer.from(file.contents))
// In English as they are shipped; without words for the builder, which puts in those of another language.
const words = englishWords()
rmSync(join(dist, 'interfaces'), { recursive: true, force: true })
mkdirSync(join(dist, 'interfaces'))
const spoken = Object.fromEntries([...interfaces].map(([name, source]) => {
  const bare = entry(page, source)
  const script = kept.get(bare).toString()
  writeFileSync(join(dist, 'interfaces', `${name}.js`), script)
  kept.delete(bare)
  return [name, keep(`ui-${name}`, 'js', Buffer.from(withWords(script, words)))]
}))
rmSync(join(dist, 'strings'), { recursive: true, force: true })
cpSync(join(import.meta.dirname, 'strings'), join(dist, 'strings'), { recursive: true })

const { version } = JSON.parse(readFileSync(join(ort, 'package.json'), 'utf8'))
const runtimes = Object.fromEntries(flavours.map(({ name }, at) => [name, { version, worker: entry(workers[at], 'src/worker/worker.ts'), ...ortFiles[at] }]))

const library = await compiledLibrary()
const [glue, loader] = ['pyodide.asm.mjs', 'pyodide.mjs'].map((name) => readFileSync(join(pyodide, name), 'utf8'))
const interpreter = {
  version: JSON.parse(readFileSync(join(pyodide, 'package.json'), 'utf8')).version,
  worker: entry(python, 'src/python/worker.ts'),
  // The first where no compiled package is loaded.
  glue: keep('python', 'mjs', Buffer.from(await prunedGlue(glue, loader, new WebAssembly.Module(interpreterWasm)))),
  linking: keep('pyodide', 'mjs', Buffer.from(glue)),
  wasm: [interpreterFile],
  library: keep('python-library', 'zip', library.zip),
}

for (const name of readdirSync(assets)) if (!kept.has(name.replace(/\.(br|gz)$/, ''))) rmSync(join(assets, name))
await Promise.all([...kept].map(([name, bytes]) => begun.get(name) ?? writeCompressed(name, bytes)))

const index = {
  edgeweb: entry(page, 'src/page/edgeweb.ts'),
  interfaces: spoken,
  runtimes,
  python: interpreter,
  text: entry(text, 'src/tasks/text/worker/script.ts'),
  assets: [...kept.keys()].sort(),
}
writeFileSync(join(dist, 'index.json'), `${JSON.stringify(index, null, 1)}\n`)
// For the builder alone: which module of the library imports which.
writeFileSync(join(dist, 'library.json'), library.index)
// What Pyodide's own distribution has, and the hashes to check it against.
const { info, packages } = JSON.parse(readFileSync(join(pyodide, 'pyodide-lock.json'), 'utf8'))
const published = Object.entries(packages).filter(([name]) => !name.endsWith('-tests')).map(([key, { name, version, file_name, sha256, depends, package_type }]) => [key, { name, version, file_name, sha256, depends, package_type }])
writeFileSync(join(dist, 'pyodide-lock.json'), `${JSON.stringify({ info, packages: Object.fromEntries(published) })}\n`)
writeFileSync(join(dist, 'sw.js'), serviceWorker.outputFiles[0].text)
writeFileSync(join(dist, 'inline.js'), inline.outputFiles[0].text.trim())
writeFileSync(join(dist, 'inline.css'), style.outputFiles[0].text.trim())
writeFileSync(join(dist, 'edgeweb.d.ts'), publicTypes())
mkdirSync(join(dist, 'dev'), { recursive: true })
for (const file of dev.outputFiles) writeFileSync(join(dist, 'dev', basename(file.path)), file.contents)
cpSync(join(import.meta.dirname, 'src/dev/index.html'), join(dist, 'dev/index.html'))
for (const suffix of ['.br', '.gz']) rmSync(join(dist, `THIRD_PARTY_NOTICES.txt${suffix}`), { force: true })
await writeCompressed('../THIRD_PARTY_NOTICES.txt', readFileSync(join(import.meta.dirname, '../THIRD_PARTY_NOTICES.txt')))
for (const name of index.assets.filter((n) => !n.endsWith('.wasm'))) console.log(`${String(kept.get(name).length).padStart(9)}  ${name}`)

function entry(result, source) {
  return basename(Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint === source)[0])
}

/** Keep a file of ONNX Runtime Web, in equal parts where it is too large; gives their names, in order. */
function keepOrt(file, extension) {
  const bytes = readFileSync(join(ort, 'dist', `${file}.${extension}`))
  const step = Math.ceil(bytes.length / Math.ceil(bytes.length / MAX_BYTES))
  const names = []
  for (let start = 0; start < bytes.length; start += step) {
    names.push(keep(file.replaceAll('.', '-'), extension, bytes.subarray(start, start + step)))
  }
  return names
}

/** Keep a file that is not bundled, named by its content. */
function keep(stem, extension, bytes) {
  const name = `${stem}-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}.${extension}`
  kept.set(name, bytes)
  return name
}

async function writeCompressed(name, bytes) {
  const path = join(assets, name)
  writeFileSync(path, bytes)
  // Level 11 makes the two large builds 14 % smaller still (2.6 MB for 3.0), but takes 93 seconds of a processor where 9 takes 11.
  const quality = /-(jspi|asyncify)-\w+\.wasm$/.test(name) ? 9 : 11
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  if (!(light && SLOW.test(name))) await writeOnce(`${path}.br`, () => promisify(brotliCompress)(bytes, { params }))
  await writeOnce(`${path}.gz`, () => promisify(gzip)(bytes, { level: 9 }))
}

/** A file that is there is whole: who stops the build leaves no half of one behind. */
async function writeOnce(path, make) {
  if (existsSync(path)) return
  const made = await make()
  writeFileSync(`${path}.part`, made)
  renameSync(`${path}.part`, path)
}

// edgeweb.d.ts: the public types in one file that needs no other.
function publicTypes() {
  const read = (name) => readFileSync(join(import.meta.dirname, 'src/shared', name), 'utf8').replace(/^import .*$|^export type \{.*$/gm, '')
  const errors = read('errors.ts').match(/export type ErrorCode =[\s\S]*?\n\n/)[0]
  const rest = `export class EdgewebError extends Error {
  readonly code: ErrorCode
  /** What to try next. */
  readonly hint: string
}

/** Load the model of a site; the default is the site that this module came from. */
export function load(siteUrl?: string | URL, options?: LoadOptions): Promise<Model>

declare global {
  interface HTMLElementTagNameMap {
    'edge-model': HTMLElement
  }
}
`
  return [read('manifest.gen.ts'), read('api.ts').replace('/** The public types', '/** Types'), errors, rest].join('\n')
}
