/** The lines inside index.html: they ask for everything large before any other script has arrived. */
import { arrive } from './bytes/arrival.js'
import { chooseFlavour, firstVariant } from './run/flavour.js'
import { checkedModule } from './bytes/module.js'
import type { Asset } from './bytes/asset.js'
import { REQUESTS, type Plan, type Requests } from './bytes/requests.js'
import { earlyWords } from './translate.js'

const begin = (plan: Plan): void => {
  const base = new URL('.', document.baseURI).href
  const stop = new AbortController()
  const files: Requests['files'] = new Map()
  const get = (asset: Asset, compile = false): void => {
    files.set(asset.path, arrive(asset, base, stop.signal, compile))
  }
  const script = checkedModule(plan.script, base)
  const flavour = chooseFlavour(plan).then((name = 'wasm') => {
    const { worker, glue, wasm } = plan.runtimes[name] ?? plan.runtimes.wasm
    for (const asset of wasm) get(asset, wasm.length === 1)
    get(worker)
    get(glue)
    return name
  })
  // Two at a time: a visit that is cut off loses no more than what was on its way. What a draft can do without comes later.
  const getModel = (variant: number): void => {
    const form = plan.variants[variant]
    for (const asset of form?.files.slice(0, Math.min(2, form.draft ?? 2)) ?? []) get(asset)
  }
  // Which of several it will be, and whether any, depends on the device.
  if (plan.variants.length === 1 && !plan.runtimes.wasm.restores) getModel(0)
  else flavour.then((name) => plan.runtimes[name]?.restores || getModel(firstVariant(plan, name)))
  if (plan.text !== undefined) for (const asset of [plan.text.script, plan.text.tokenizer]) get(asset)
  // Behind what a page without Python needs; hooks are used after the model is there.
  if (plan.python !== undefined) {
    const { worker, glue, wasm, library, api, source, packages } = plan.python
    for (const asset of wasm) get(asset, wasm.length === 1)
    for (const asset of [worker, glue, library, api, source, ...packages.flat()]) get(asset)
  }
  const requests: Requests = {
    stop, flavour, files, manifest: fetch('edgeweb.json', { cache: 'no-cache', credentials: 'omit', signal: stop.signal }),
    interface: checkedModule(plan.interface, base, 'low'), module: script.then((found) => import(found)),
  }
  for (const part of [requests.manifest, requests.interface, requests.module]) part?.catch(() => undefined)
  ;(globalThis as { [REQUESTS]?: Requests })[REQUESTS] = requests
  // What fails in it later is the browser's to report.
  script.then(() => requests.module, tell)
}

const lostWords = (): string | undefined => {
  try {
    return earlyWords().lost
  } catch {
    return undefined
  }
}

/** Nothing else of the page runs, so this is said without it; and where its words have not arrived either, in their place. */
const tell = (): void => {
  const whole = document.readyState !== 'loading'
  const told = document.querySelector('.waiting p') ?? (whole ? document.body.appendChild(document.createElement('p')) : null)
  if (told === null) return void addEventListener('DOMContentLoaded', tell, { once: true })
  told.setAttribute('role', 'alert')
  told.textContent = lostWords() ?? 'This page did not arrive whole, so it was not started. Check the connection and reload.'
}

// A tag that was damaged above it takes the rest of the page with it.
addEventListener('DOMContentLoaded', () => {
  if (document.querySelector('edge-model') === null) tell()
})
try {
  begin(JSON.parse(document.getElementById('edgeweb-plan')?.textContent ?? '') as Plan)
} catch {
  tell()
}
