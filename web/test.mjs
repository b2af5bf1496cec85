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
  const files = readdirSync(join(here, 'test')).filter((name) => name.endsWith('.test.ts'))
  const entryPoints = files.map((name) => join(here, 'test', name))
  const define = { ...englishWords(), 'import.meta.dirname': JSON.stringify(join(here, 'test')) }
  await build({ entryPoints, outdir: out, outExtension: { '.js': '.mjs' }, bundle: true, format: 'esm', platform: 'node', define, logLevel: 'warning' })
  const tests = readdirSync(out).map((name) => join(out, name))
  process.exitCode = spawnSync(process.execPath, ['--test', ...tests], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(out, { recursive: true })
}
