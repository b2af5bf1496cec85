/** Pyodide from bytes in memory, in a worker that has no network. The only file that imports it. */
import { loadPyodide, type PyodideAPI } from 'pyodide'
import type { PyBuffer, PyCallable, PyProxy } from 'pyodide/ffi'
import type { BootPython } from '../shared/python.js'

/** Names for what is there already; nothing is ever asked of it. */
const NOWHERE = 'https://edgeweb.invalid/'
const LIBRARY = `${NOWHERE}library.zip`
const API = '/lib/edgeweb.zip'
/** Pyodide compares it with its own. */
const ABI = '2026_0'

type Create = NonNullable<NonNullable<Parameters<typeof loadPyodide>[0]>['createPyodideModule']>

/** The interpreter, with what hooks import as `edgeweb`. */
export async function boot({ glue, module, library, api }: BootPython): Promise<PyodideAPI> {
  const { default: createPyodideModule } = (await import(glue)) as { default: Create }
  const restore = answerFromMemory(module, library)
  try {
    return await loadPyodide({
      createPyodideModule, indexURL: NOWHERE, stdLibURL: LIBRARY, packageBaseUrl: NOWHERE,
      lockFileContents: JSON.stringify({ info: { arch: 'wasm32', abi_version: ABI, platform: `pyemscripten_${ABI}`, version: '0', python: '3.14' }, packages: {} }),
      jsglobals: globals(), stdin: () => null, env: { PYTHONPATH: API, PYTHONDONTWRITEBYTECODE: '1' },
      fsInit: (files) => {
        files.writeFile(API, api)
        return Promise.resolve()
      },
    })
  } finally {
    restore()
  }
}

/** Pyodide knows only addresses; its two requests, and the one compilation, get what the page has checked already. */
function answerFromMemory(module: WebAssembly.Module, library: Uint8Array<ArrayBuffer>): () => void {
  const { fetch } = globalThis
  const { instantiateStreaming } = WebAssembly
  globalThis.fetch = (input) => Promise.resolve(new Response(String(input) === LIBRARY ? library : null))
  WebAssembly.instantiateStreaming = async (_, imports) => ({ module, instance: await WebAssembly.instantiate(module, imports) })
  return () => {
    globalThis.fetch = fetch
    WebAssembly.instantiateStreaming = instantiateStreaming
  }
}

/** What `import js` shows: the timers that Pyodide's own event loop takes, and no way to anything else of the worker. */
function globals(): object {
  const closed = (): never => {
    throw new TypeError('JavaScript is closed to hooks.')
  }
  return {
    setTimeout: globalThis.setTimeout.bind(globalThis), clearTimeout: globalThis.clearTimeout.bind(globalThis),
    setInterval: globalThis.setInterval.bind(globalThis), clearInterval: globalThis.clearInterval.bind(globalThis), eval: closed,
  }
}

export type { PyBuffer, PyCallable, PyodideAPI, PyProxy }
