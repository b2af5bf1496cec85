// Bundles each test file with esbuild and runs them with Node's own test runner: no framework to install.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import './generate.mjs'
import { englishWords } from './strings.mjs'

const here = import.meta.dirname
const out = mkdtempSync(join(tmpdir(), 'edgeweb-web-test-'))
try {
  const below = (folder, suffix) => readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(suffix)).map((name) => join(folder, name)).sort()
  const entryPoints = below(join(here, 'test'), '.test.ts')
  const define = { ...englishWords(), 'import.meta.dirname': JSON.stringify(join(here, 'test')) }
  await build({ entryPoints, outdir: out, outExtension: { '.js': '.mjs' }, bundle: true, format: 'esm', platform: 'node', define, logLevel: 'warning' })
  process.exitCode = spawnSync(process.execPath, ['--test', ...below(out, '.mjs')], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(out, { recursive: true })
}
