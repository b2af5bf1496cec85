// Times what the service worker does with a delta, in Node: the arguments are the delta, the new file, and the old ones. Prints JSON.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const web = join(import.meta.dirname, '../web')
const { build } = createRequire(join(web, 'package.json'))('esbuild')
const made = await build({ entryPoints: [join(web, 'src/shared/weights/delta.ts')], bundle: true, format: 'esm', write: false, minify: true })
const { applyDelta } = await import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].contents).toString('base64')}`)
const [delta, fresh, ...old] = process.argv.slice(2).map((path) => new Uint8Array(readFileSync(path)))
const times = []
const before = process.memoryUsage().rss
for (let round = 0; round < 5; round++) {
  const begin = performance.now()
  const found = await applyDelta(delta, old, fresh.length)
  times.push(performance.now() - begin)
  if (Buffer.compare(found, fresh) !== 0) throw new Error('it is another file')
}
const peak = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ firstMs: times[0], ms: times.sort((a, b) => a - b)[2], peakBytes: peak - before, codeBytes: made.outputFiles[0].contents.length }))
