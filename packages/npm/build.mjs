// Makes the npm package in the folder that it is given: node packages/npm/build.mjs FOLDER [VERSION]. Its types are those of the built browser half.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const here = import.meta.dirname
const root = join(here, '../..')
const [out, version = '0.0.0'] = process.argv.slice(2)
const stage = mkdtempSync(join(tmpdir(), 'edgeweb-npm-'))
try {
  cpSync(join(here, 'src'), join(stage, 'src'), { recursive: true })
  cpSync(join(root, 'docs/examples/react/EdgeModel.tsx'), join(stage, 'src/react.tsx'))
  cpSync(join(root, 'web/dist/edgeweb.d.ts'), join(stage, 'src/site.d.ts'))
  // What `extends` names lies elsewhere from there.
  const settings = JSON.parse(readFileSync(join(here, 'tsconfig.json'), 'utf8'))
  writeFileSync(join(stage, 'tsconfig.json'), JSON.stringify({ ...settings, extends: join(root, 'web/tsconfig.base.json') }))
  symlinkSync(join(root, 'web/node_modules'), join(stage, 'node_modules'))
  const done = spawnSync(join(root, 'web/node_modules/.bin/tsc'), ['-p', stage], { stdio: 'inherit' })
  if (done.status !== 0) process.exit(1)
  const target = resolve(out)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  cpSync(join(stage, 'dist'), join(target, 'dist'), { recursive: true })
  cpSync(join(stage, 'src/site.d.ts'), join(target, 'dist/site.d.ts'))
  cpSync(join(here, 'README.md'), join(target, 'README.md'))
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
  const about = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  writeFileSync(join(target, 'package.json'), `${JSON.stringify({ ...about, version }, null, 2)}\n`)
} finally {
  rmSync(stage, { recursive: true })
}
