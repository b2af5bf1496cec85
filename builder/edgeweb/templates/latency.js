// Times forms of a model in the site's own compute worker, each turn about with the original, and posts what it finds.
const ARRAYS = {
  float32: Float32Array, float64: Float64Array, float16: Uint16Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array,
  int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array,
}

const get = async (name) => {
  const answer = await fetch(name)
  if (!answer.ok) throw new Error(`${name} is missing`)
  return answer
}
const post = (report) => fetch('report', { method: 'POST', body: JSON.stringify(report) })

const job = await (await get('job.json')).json()
// As the site's page chooses them.
const threads = crossOriginIsolated ? Math.min(4, Math.ceil((navigator.hardwareConcurrency || 1) / 2)) : 1
const scripts = await Promise.all(['worker.js', 'glue.mjs'].map(async (name) => URL.createObjectURL(new Blob([await (await get(name)).blob()], { type: 'text/javascript' }))))
const wasm = await Promise.all(job.wasm.map(async (name) => (await get(name)).blob()))
const module = await WebAssembly.compile(await new Blob(wasm).arrayBuffer())
const feeds = job.inputs.map(({ name, type, dims, data, strings }) => [name, { type, dims, data: strings ?? new ARRAYS[type](Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer) }])

/** A worker that runs the form; its answers are compared with the native ones before it is ready. */
async function start(form) {
  const worker = new Worker(scripts[0], { type: 'module' })
  let heard
  worker.onmessage = ({ data }) => heard?.(data)
  worker.onerror = (event) => heard?.({ type: 'start-failed', error: { message: event.message } })
  const until = (...types) => new Promise((resolve, reject) => {
    heard = (data) => {
      if (types.includes(data.type)) resolve(data)
      if (data.type.endsWith('failed')) reject(new Error(data.error.message))
    }
  })
  const ready = until('ready')
  worker.postMessage({ type: 'prepare', glue: scripts[1], threads, alive: `edgeweb latency ${Math.random()}` })
  worker.postMessage({ type: 'runtime', module, restores: false, flag: null })
  const bytes = new Uint8Array(await (await get(form.file)).arrayBuffer())
  worker.postMessage({ type: 'shard', model: null, index: 0, bytes, decodedBytes: null }, [bytes.buffer])
  const manifest = { inputs: job.declared, variants: [{ id: 'form', graphOptimization: form.graphOptimization, tolerance: form.tolerance }], golden: form.golden }
  worker.postMessage({ type: 'start', manifest, variant: 0, beside: {}, backends: ['wasm'], timed: false, draft: false })
  await ready
  let id = 0
  const run = async () => {
    const answered = until('outputs')
    const begin = performance.now()
    worker.postMessage({ type: 'call', id: ++id, payload: { kind: 'run', feeds } })
    await answered
    return performance.now() - begin
  }
  return { run, end: () => worker.terminate() }
}

/** Milliseconds in each round of the form and of the original, by turns. Of the runs the fastest counts: whatever else the machine does only adds. */
async function compare(original, form) {
  for (let i = 0; i < job.warmUps; i++) for (const each of [original, form]) await each.run()
  const found = { original: [], own: [] }
  for (let round = 0; round < job.rounds; round++) {
    const times = { original: [], own: [] }
    const end = performance.now() + job.roundMs
    do {
      times.original.push(await original.run())
      times.own.push(await form.run())
    } while (performance.now() < end && times.own.length < job.mostRuns)
    for (const key of ['original', 'own']) found[key].push(Math.min(...times[key]))
  }
  return found
}

/** Chromium's own brand is there as well where a vendor adds one. */
function browser() {
  const brands = (navigator.userAgentData?.brands ?? []).filter(({ brand }) => !/not.?a.?brand/i.test(brand.replace(/[^a-z]/gi, ' ')))
  const named = brands.find(({ brand }) => !/chromium/i.test(brand)) ?? brands[0]
  return named === undefined ? 'a browser' : `${named.brand.replace('HeadlessChrome', 'Chromium')} ${named.version}`
}

try {
  const original = await start(job.original)
  for (const form of job.forms) {
    try {
      const own = await start(form)
      await post({ form: form.name, browser: browser(), threads, ...await compare(original, own) })
      own.end()
    } catch (error) {
      await post({ form: form.name, error: error instanceof Error ? error.message : String(error) })
    }
  }
} catch (error) {
  await post({ form: null, error: error instanceof Error ? error.message : String(error) })
}
await post({ done: true })
