/** Which files a visitor needs, and what an address is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Manifest } from '../../src/shared/manifest.gen.js'
import { addresses, commonPaths, completeFlavours, fileAt, flavourPaths, isCheckedByPage, wholePaths } from '../../src/sw/files.js'

const sizes: Record<string, number> = {
  'index.html': 5, 'edgeweb.js': 1, 'edgeweb.d.ts': 1, 'sw.js': 1, 'headers.json': 2, 'report/index.html': 1, 'report.json': 1, 'THIRD_PARTY_NOTICES.txt': 9,
  'assets/a.js': 3, 'assets/model.onnx': 100, 'assets/w.js': 4, 'assets/w.wasm': 50, 'assets/j.js': 4, 'assets/j.wasm': 60, 'assets/p.wasm': 70, 'assets/example.png': 6,
}
const runtime = (name: string): object => ({ worker: `assets/${name}.js`, glue: `assets/${name}.js`, wasm: [`assets/${name}.wasm`], files: [`assets/${name}.js`, `assets/${name}.wasm`] })
const manifest = {
  files: Object.fromEntries(Object.entries(sizes).map(([path, bytes]) => [path, { bytes }])),
  runtimes: { wasm: runtime('w'), jspi: runtime('j') },
  variants: [{ files: ['assets/model.onnx'] }],
  python: { files: ['assets/p.wasm'], whole: 'assets/library.zip' },
} as unknown as Manifest

test('what every visitor needs, the small ones first', () => {
  assert.deepEqual(commonPaths(manifest), ['edgeweb.js', 'headers.json', 'assets/a.js', 'index.html', 'assets/example.png', 'assets/p.wasm', 'assets/model.onnx'])
})

test('one runtime, plain wasm where none is known', () => {
  assert.deepEqual(flavourPaths(manifest, ['jspi']), ['assets/j.js', 'assets/j.wasm'])
  assert.deepEqual(flavourPaths(manifest, []), ['assets/w.js', 'assets/w.wasm'])
  assert.deepEqual(flavourPaths(manifest, ['gone']), ['assets/w.js', 'assets/w.wasm'])
})

test('a page stores of its runtime the binary alone, which shows that it ran', async () => {
  const there = new Set(['assets/j.wasm', 'assets/w.js'])
  assert.deepEqual(await completeFlavours(manifest, (path) => Promise.resolve(there.has(path))), ['jspi'])
})

test('what a runtime was cut from is for later, and nothing that a device starts with', async () => {
  const cut = { ...manifest, runtimes: { ...manifest.runtimes, full: { ...runtime('w'), wasm: ['assets/full.wasm'], files: ['assets/w.js', 'assets/full.wasm'] } } } as unknown as Manifest
  const { python: _, ...plain } = manifest
  assert.deepEqual([wholePaths(plain), wholePaths(cut)], [[], ['assets/library.zip', 'assets/full.wasm']])
  const begun = { ...cut, runtimes: { ...cut.runtimes, wasm: { ...runtime('w'), cut: { restores: 1 } } } } as unknown as Manifest
  assert.deepEqual(wholePaths(begun), ['assets/library.zip', 'assets/model.onnx', 'assets/full.wasm'])
  assert.deepEqual(await completeFlavours(cut, () => Promise.resolve(true)), ['wasm', 'jspi'])
  assert.deepEqual(flavourPaths(cut, []), ['assets/w.js', 'assets/w.wasm'])
})

test('only the large binaries go to the page unchecked', () => {
  assert.deepEqual(Object.keys(sizes).filter((path) => isCheckedByPage(manifest, path)), ['assets/model.onnx', 'assets/w.wasm', 'assets/j.wasm', 'assets/p.wasm'])
})

test('what the store keeps by its content has an address of its own, for the code that browsers keep with it', () => {
  const known = { files: { 'assets/w.wasm': { bytes: 1, sha256: 'a1' }, 'assets/v.wasm': { bytes: 1, sha256: 'b2' } } } as unknown as Manifest
  const at = (path: string): string | undefined => fileAt(known, 'https://host/site/', `https://host/site/${path}`, false)
  assert.deepEqual([at('.edgeweb/b2'), at('.edgeweb/c3'), at('.edgeweb/'), at('.edgeweb/b2?x')], ['assets/v.wasm', undefined, undefined, undefined])
})

test('addresses', () => {
  const base = 'https://host/site/'
  for (const [address, navigation, file] of [
    ['', true, 'index.html'], ['?utm=1#x', true, 'index.html'], ['index.html?a', true, 'index.html'], ['report/', true, 'report/index.html'], ['edgeweb.json', false, 'edgeweb.json'],
    ['assets/a.js#2', false, 'assets/a.js'], ['assets/a.js?secret', false, undefined], ['assets/a.js?secret', true, undefined], ['?secret', false, undefined],
    ['.edgeweb/state', false, undefined], ['secret', true, undefined], ['../', true, undefined], ['constructor', false, undefined], ['assets/', true, undefined],
  ] as const) assert.equal(fileAt(manifest, base, new URL(address, base).href, navigation), file, `${address} ${navigation}`)
})

test('where a file may be on its host', () => {
  assert.deepEqual(addresses('r', 'assets/a.js', true), ['assets/a.js'])
  assert.deepEqual(addresses('r', 'headers.json', false), ['headers.json'])
  assert.deepEqual(addresses('r', 'headers.json', true), ['releases/r/headers.json', 'headers.json'])
  assert.deepEqual(addresses('r', 'index.html', false), ['', 'index.html'])
  assert.deepEqual(addresses('r', 'index.html', true), ['releases/r/index.html', 'releases/r/', '', 'index.html'])
})
