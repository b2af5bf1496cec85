// Pyodide's standard library, compiled: each start would otherwise compile some 150 modules again. Made once for a version, and kept.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadPyodide } from 'pyodide'

const here = import.meta.dirname
const api = join(here, '../builder/edgeweb')

/** What hooks may meet at any time, errors included: the modules that it loads are in every site. */
const EXERCISE = `
import asyncio, sys
sys.path.append("/exercise")
from edgeweb.hooks_api.browser import Bridge
import edgeweb
edgeweb.Array, edgeweb.zeros, edgeweb.Audio
bridge = Bridge('{"name": "h.py", "labels": [], "metadata": {}, "models": [["m", [[["x", "float32", null]], []]]]}', None, None)
GOOD = "async def preprocess(value, model):\\n    return {'x': [1.0]}\\ndef postprocess(outputs, model):\\n    return dict(outputs)\\n"
async def exercise():
    for source in (GOOD, "def preprocess(value, model):\\n    return vlaue.nothing\\n", "import nothing", "this is no Python", "1 / 0"):
        answer = bridge.attempt("load", source)
        if answer[0]:
            found = bridge.attempt("preprocess", "text")
            if hasattr(found, "__await__"):
                assert (await found)[0] and bridge.attempt("postprocess", {})[0]
`

/** { zip, index }: the archive, and as JSON which module imports which, and which are always used. */
export async function compiledLibrary() {
  const sources = ['__init__.py', 'errors.py', 'ops.py', ...readdirSync(join(api, 'hooks_api')).filter((name) => name.endsWith('.py')).map((name) => `hooks_api/${name}`)]
  const inputs = [join(here, 'library.py'), join(here, 'library.mjs'), join(here, 'node_modules/pyodide/package.json'), ...sources.map((name) => join(api, name))]
  const key = createHash('sha256')
  for (const path of inputs) key.update(readFileSync(path))
  const cache = join(here, 'node_modules/.cache')
  const kept = join(cache, `edgeweb-library-${key.digest('hex').slice(0, 16)}`)
  if (!existsSync(`${kept}.json`)) {
    const python = await loadPyodide({ stdout: () => undefined })
    for (const name of sources) {
      python.FS.mkdirTree('/exercise/edgeweb/hooks_api')
      python.FS.writeFile(`/exercise/edgeweb/${name}`, readFileSync(join(api, name)))
    }
    python.FS.writeFile('/exercise/edgeweb/hooks_api/missing.txt', '')
    await python.runPythonAsync(`${EXERCISE}\nawait exercise()`)
    const found = python.runPython(`${readFileSync(join(here, 'library.py'), 'utf8')}\nlibrary()`)
    mkdirSync(cache, { recursive: true })
    const bytes = found.get(0).toJs()
    writeFileSync(`${kept}.zip`, bytes)
    writeFileSync(`${kept}.json`, found.get(1))
  }
  return { zip: readFileSync(`${kept}.zip`), index: readFileSync(`${kept}.json`, 'utf8') }
}
