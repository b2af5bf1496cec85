// Bundles the browser half into web/dist: content-hashed assets with .br and .gz beside them, and index.json that names them.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'esbuild'
import './generate.mjs'

const dist = join(import.meta.dirname, 'dist')
const assets = join(dist, 'assets')
mkdirSync(assets, { recursive: true })

const shared = {
  absWorkingDir: import.meta.dirname, bundle: true, format: 'esm', minify: true, target: 'es2022', metafile: true, write: false,
  outdir: assets, legalComments: 'none', entryNames: '[name]-[hash]', conditions: ['onnxruntime-web-use-extern-wasm'],
}
// One file each, nothing split: every request costs more than the bytes that two interfaces would share.
const interfaces = ['image', 'tabular', 'tensors']
const page = await build({ ...shared, entryPoints: ['src/page/edgeweb.ts', ...interfaces.map((kind) => `src/page/ui/ui-${kind}.ts`)] })
// Stands inside index.html, where the policy allows it by its hash.
const inline = await build({ ...shared, entryPoints: ['src/page/inline.ts'], format: 'iife' })
const style = await build({ ...shared, entryPoints: ['src/page/page.css'] })
// The worker stands alone: what it imports must not be fetched from where it has no network.
const worker = await build({ ...shared, entryPoints: ['src/worker/worker.ts'], external: ['module', 'worker_threads'] })

const kept = new Map()
for (const result of [page, style, worker]) for (const file of result.outputFiles) kept.set(basename(file.path), Buffer.from(file.contents))

const ort = join(import.meta.dirname, 'node_modules/onnxruntime-web')
const runtime = { version: JSON.parse(readFileSync(join(ort, 'package.json'), 'utf8')).version }
for (const [key, name] of [['wasm', 'ort-wasm-simd-threaded.wasm'], ['glue', 'ort-wasm-simd-threaded.mjs']]) {
  const bytes = readFileSync(join(ort, 'dist', name))
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8)
  runtime[key] = name.replace('.', `-${hash}.`)
  kept.set(runtime[key], bytes)
}

for (const name of readdirSync(assets)) if (!kept.has(name.replace(/\.(br|gz)$/, ''))) rmSync(join(assets, name))
await Promise.all([...kept].map(([name, bytes]) => writeCompressed(name, bytes)))

const entry = (result, source) => basename(Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint === source)[0])
const index = {
  edgeweb: entry(page, 'src/page/edgeweb.ts'),
  interfaces: Object.fromEntries(interfaces.map((kind) => [kind, entry(page, `src/page/ui/ui-${kind}.ts`)])),
  style: entry(style, 'src/page/page.css'),
  worker: entry(worker, 'src/worker/worker.ts'),
  runtime,
  assets: [...kept.keys()].sort(),
}
writeFileSync(join(dist, 'index.json'), `${JSON.stringify(index, null, 1)}\n`)
writeFileSync(join(dist, 'inline.js'), inline.outputFiles[0].text.trim())
writeFileSync(join(dist, 'edgeweb.d.ts'), publicTypes())
for (const suffix of ['.br', '.gz']) rmSync(join(dist, `THIRD_PARTY_NOTICES.txt${suffix}`), { force: true })
await writeCompressed('../THIRD_PARTY_NOTICES.txt', readFileSync(join(import.meta.dirname, '../THIRD_PARTY_NOTICES.txt')))
for (const name of index.assets.filter((n) => !n.endsWith('.wasm'))) console.log(`${String(kept.get(name).length).padStart(9)}  ${name}`)

async function writeCompressed(name, bytes) {
  const path = join(assets, name)
  writeFileSync(path, bytes)
  if (!existsSync(`${path}.br`)) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    writeFileSync(`${path}.br`, await promisify(brotliCompress)(bytes, { params }))
  }
  if (!existsSync(`${path}.gz`)) writeFileSync(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }))
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
