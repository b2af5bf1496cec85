/**
 * The lines inside index.html. They ask for everything large before any other script has arrived, start the worker, and
 * hand it the runtime. The page's own script waits for that: on a fast line the two would want the processor at once.
 */
import { policy, REQUESTS, type Plan, type Requests } from './requests.js'
import { chooseThreads } from './threads.js'

/** On a slow line the page's script does not wait longer than this. */
const GIVE_WAY_MS = 600

const begin = (plan: Plan & { script: string }): void => {
  const stop = new AbortController()
  const get = (path: string): Promise<Response> => fetch(path, { signal: stop.signal, credentials: 'same-origin' })
  const wasm = get(plan.wasm.path)
  // Compiled straight from the fetched response: only so does Chromium keep the machine code for the next visit.
  const module = WebAssembly.compileStreaming(wasm)
  const files = Object.fromEntries([[plan.wasm.path, wasm], ...plan.model.map(({ path }) => [path, get(path)] as const)])
  const trusted = policy()
  const url = (path: string): string => new URL(path, document.baseURI).href
  const threads = chooseThreads()
  const worker = new Worker(trusted(url(plan.worker)), { type: 'module', name: 'edgeweb-compute' })
  worker.postMessage({ type: 'prepare', glue: url(plan.glue), threads })
  const requests: Requests = { stop, manifest: get('edgeweb.json'), module, files, worker, threads, trusted }
  ;(globalThis as { [REQUESTS]?: Requests })[REQUESTS] = requests

  let loaded = false
  const loadScript = (): void => {
    if (loaded) return
    loaded = true
    const script = document.createElement('script')
    script.type = 'module'
    script.src = trusted(url(plan.script)) as string
    document.head.append(script)
  }
  setTimeout(loadScript, GIVE_WAY_MS)
  module.then((compiled) => worker.postMessage({ type: 'runtime', module: compiled })).then(loadScript, loadScript)
  // Whoever uses the rest hears of a failure; a page that never does must not report it as unhandled.
  for (const promise of [requests.manifest, ...Object.values(files)]) promise.catch(() => undefined)
}

begin(JSON.parse(document.getElementById('edgeweb-plan')?.textContent ?? '') as Plan & { script: string })
