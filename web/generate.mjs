// Makes the TypeScript types and the validator of the manifest from the one schema (builder/edgeweb/manifest.py exports it), those of the page's words, and the lists of kinds.
import { readFileSync, writeFileSync } from 'node:fs'
import Ajv2020 from 'ajv/dist/2020.js'
import standaloneCode from 'ajv/dist/standalone/index.js'
import { compile } from 'json-schema-to-typescript'
import { build } from 'esbuild'
import { listModule } from './kinds.mjs'
import { stringsModule } from './strings.mjs'

const here = new URL('src/shared/', import.meta.url)
const schema = JSON.parse(readFileSync(new URL('manifest.schema.json', here), 'utf8'))

const { $ref, $defs } = schema
const root = $defs[$ref.split('/').at(-1)]
const types = await compile({ ...root, $defs }, 'Manifest', { bannerComment: '', unreachableDefinitions: false })
writeFileSync(new URL('manifest.gen.ts', here), `/** Made by generate.mjs from manifest.schema.json. */\n${types}\nexport type TensorType = TensorInfo['type']\n`)

// Compiled ahead of time: a validator that compiles in the browser would need 'unsafe-eval'.
// What texts need is checked where a site is built alone: its validator would cost every other site 3 kB, and a manifest is proven by its hash.
for (const name of ['TextPipeline', 'Tokenizer', 'Writer', 'Matching']) schema.$defs[name] = { type: 'object' }
const ajv = new Ajv2020({ code: { source: true, esm: true }, inlineRefs: false, strict: false })
const code = standaloneCode(ajv, ajv.compile(schema))
const bundled = await build({ stdin: { contents: code, resolveDir: new URL('.', import.meta.url).pathname }, bundle: true, format: 'esm', write: false, minify: true })
writeFileSync(new URL('manifest.validate.gen.js', here), `// Made by generate.mjs from manifest.schema.json.\n${bundled.outputFiles[0].text}`)
writeFileSync(new URL('manifest.validate.gen.d.ts', here), `import type { Manifest } from './manifest.gen.js'
interface Problem { instancePath: string; message?: string; params: Record<string, unknown> }
declare const validate: { (value: unknown): value is Manifest; errors?: Problem[] | null }
export default validate
`)

writeFileSync(new URL('src/page/ui/strings.gen.ts', import.meta.url), stringsModule())
writeFileSync(new URL('src/worker/readers.gen.ts', import.meta.url), listModule('worker', 'reader', { name: 'open', list: 'readers', type: 'Open', from: './reader.js' }))
writeFileSync(new URL('src/page/payloads.gen.ts', import.meta.url), listModule('page', 'payload', { name: 'payload', list: 'payloads', type: 'ToPayload', from: './kind.js' }))
