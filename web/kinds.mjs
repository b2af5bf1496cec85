// The kinds of models, found by their folders: src/tasks/<kind>/page, worker and shared.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const tasks = join(import.meta.dirname, 'src/tasks')

/** The files on one side of each kind whose names `pattern` matches, as paths from here, in the order of their names. */
function filesOf(side, pattern) {
  const found = readdirSync(tasks, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => {
    const folder = join(tasks, name, side)
    return existsSync(folder) ? readdirSync(folder).filter((file) => pattern.test(file)).map((file) => `src/tasks/${name}/${side}/${file}`) : []
  })
  return found.sort()
}

/** The scripts of the interfaces, by the names that manifests and index.json have for them. */
export const interfaces = new Map(filesOf('page', /^ui-\w+\.ts$/).map((path) => [/ui-(\w+)\.ts$/.exec(path)[1], path]))

/** A module that lists what a file of each kind exports as `name`, in the order of the kinds. */
export function listModule(side, file, { name, list, type, from }) {
  const found = filesOf(side, new RegExp(`^${file}\\.ts$`)).map((path) => [path.split('/')[2], path])
  const imports = found.map(([kind, path]) => `import { ${name} as ${kind} } from '${path.replace(/^src/, '..').replace(/\.ts$/, '.js')}'`)
  return `/** Made by generate.mjs: ${file}.ts of each kind of model that has one. */
${imports.join('\n')}
import type { ${type} } from '${from}'

/** Their keys in the manifest, in the same order. */
export const kinds: readonly string[] = [${found.map(([kind]) => `'${kind}'`).join(', ')}]

export const ${list}: readonly ${type}[] = [${found.map(([kind]) => kind).join(', ')}]
`
}
