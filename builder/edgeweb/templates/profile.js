// Runs a finished site's own model, on a runtime that counts, with all that visitors may do with it, and posts which functions were entered.
const post = (report) => fetch('report', { method: 'POST', body: JSON.stringify(report) })
const ARRAYS = {
  float32: Float32Array, float64: Float64Array, float16: Uint16Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array,
  int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array,
}
const job = await (await fetch('job.json')).json()
const { load } = await import('./site/edgeweb.js')
const channel = new BroadcastChannel(job.channel)
const entered = new Uint8Array(job.counters ?? 0)
const answers = []
/** Of the first visit. */
let said, milliseconds
let overwritten = false
let seed = 1

/** A generator of numbers in [0, 1), the same in every profile. */
function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

/** What every worker of this page has entered by now. */
async function collect() {
  await new Promise((done) => {
    const timer = setTimeout(done, 5000)
    channel.onmessage = ({ data }) => {
      if (!(data instanceof Uint8Array)) return
      data.forEach((byte, at) => { entered[at] |= byte })
      overwritten ||= data.some((byte) => byte > 1)
      clearTimeout(timer)
      done()
    }
    channel.postMessage('tell')
  })
}

function feed({ type, low, high }, dims) {
  const count = dims.reduce((a, b) => a * b, 1)
  if (type === 'string') return { type, dims, data: Array.from({ length: count }, (_, i) => ['', 'a', 'some words', 'ünïcödé 漢字'][i % 4]) }
  const data = new ARRAYS[type](count)
  const number = (value) => (data instanceof BigInt64Array || data instanceof BigUint64Array ? BigInt(Math.floor(value)) : value)
  for (let i = 0; i < count; i++) data[i] = number(low + (high - low) * random())
  return { type, dims, data }
}

/** Whatever comes of it: errors have paths of their own. Notes a hash of the answer. */
async function attempt(work) {
  const late = new Promise((done) => setTimeout(done, job.attemptMs, 'late'))
  answers.push(await Promise.race([Promise.resolve().then(work).then(hashed, () => 'error'), late]))
}

/** Of what an answer says but for the time it took, each number to its bit. */
async function hashed(answer) {
  const parts = []
  const { milliseconds, inference, ...rest } = answer
  JSON.stringify(typeof milliseconds === 'number' ? rest : answer, (key, value) => {
    if (typeof value === 'bigint') return `${value}n`
    const bytes = value instanceof ImageData ? value.data : ArrayBuffer.isView(value) ? value : undefined
    parts.push(key, bytes === undefined ? `${Object.is(value, -0) ? '-0' : typeof value === 'object' ? typeof value : value} ` : bytes.slice())
    return bytes === undefined ? value : undefined
  })
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer())
  return [...new Uint8Array(digest, 0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function picture([width, height]) {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  for (let i = 0; i < 60; i++) {
    context.fillStyle = `rgb(${random() * 255} ${random() * 255} ${random() * 255})`
    context.fillRect(random() * width, random() * height, random() * width, random() * height)
  }
  return createImageBitmap(canvas)
}

const MAKE = {
  picture: ({ size }) => picture(size),
  sound: ({ seconds, rate }) => ({ samples: Float32Array.from({ length: seconds * rate }, (_, i) => Math.sin(i * i / rate / 4) * random()), rate }),
  parts: async ({ picture: size, value }) => ({ image: await picture(size), ...value }),
  heard: ({ seconds, rate, value }) => ({ audio: MAKE.sound({ seconds, rate }), ...value }),
  talk: async ({ texts: [first, second] }, model, options) => {
    const asked = { role: 'user', content: first }
    const { text } = await model.predict([asked], options)
    return [asked, { role: 'assistant', content: text }, { role: 'user', content: second }]
  },
  file: async ({ path }) => (await fetch(`site/${path}`)).blob(),
  value: ({ value }) => value,
}

/** Another session takes the place of the worker's first, which ends; a run waits until it has. */
async function again(run) {
  if (!job.again) return
  channel.postMessage('again')
  await new Promise((done) => setTimeout(done, 100))
  await attempt(run)
}

async function base64(blob) {
  const reader = new FileReader()
  await new Promise((done) => { reader.onload = done; reader.readAsDataURL(blob) })
  return reader.result.slice(reader.result.indexOf(',') + 1)
}

/** What the worker has kept of the runtime's memory. */
async function image() {
  const model = await load('./site/', { threads: 1, backend: 'wasm' })
  const found = await new Promise((done) => {
    channel.onmessage = ({ data }) => typeof data !== 'string' && done(data)
    channel.postMessage('image')
  })
  await model.close()
  if (found === undefined) throw new Error('no session has run')
  return { ...found, kinds: await base64(new Blob([found.kinds])), data: await base64(found.data) }
}

/** Of a run with an input as large as the golden case's. */
async function timed(run) {
  const begin = performance.now()
  if (job.runs.length > 0) await run(job.runs[0]).catch(() => undefined)
  return performance.now() - begin
}

async function visit(threads) {
  seed = 1
  const model = await load('./site/', { threads, backend: 'wasm' })
  const run = (feeds) => model.run(Object.fromEntries(Object.entries(feeds).map(([name, { dims, ...how }]) => [name, feed(how, dims)])))
  // A heavy model has few ways to go that its first runs did not show.
  const end = performance.now() + job.visitMs
  for (const { input, options, ...made } of job.predicts) await attempt(async () => model.predict(await MAKE[input](made, model, options), options))
  for (const feeds of job.runs) {
    if (performance.now() > end) break
    await attempt(() => run(feeds))
  }
  said ??= [...answers]
  milliseconds ??= Math.min(await timed(run), await timed(run), await timed(run))
  await again(() => run(job.runs[0]))
  await collect()
  await model.close()
}

try {
  if (job.image) await post({ image: await image() })
  for (const threads of job.threads) await visit(threads)
  if (overwritten) throw new Error('something else lies where the counters are')
  let text = ''
  for (let at = 0; at < entered.length; at += 8) {
    let byte = 0
    for (let bit = 0; bit < 8; bit++) byte |= (entered[at + bit] ?? 0) << bit
    text += String.fromCharCode(byte)
  }
  await post({ entered: btoa(text), answers: said ?? [], milliseconds })
} catch (error) {
  await post({ error: error instanceof Error ? error.message : String(error) })
}
await post({ done: true })
