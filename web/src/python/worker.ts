/** The Python worker: receives an interpreter as bytes, runs the site's hooks, and asks the page for the models' answers. */
import { hold } from '../shared/alive.js'
import { EdgewebError } from '../shared/errors.js'
import type { PlainError } from '../shared/protocol.js'
import type { BootPython, FromPython, NamedTensor, ToPython } from '../shared/python.js'
import { PythonBridge } from './bridge.js'
import { close } from './closed.js'
import { boot } from './interpreter.js'

declare const self: DedicatedWorkerGlobalScope

interface Waiting {
  resolve: (outputs: NamedTensor[]) => void
  reject: (error: Error) => void
}

const post = self.postMessage.bind(self)
const waiting = new Map<number, Waiting>()
let runs = 0
let whole: { resolve: (bytes: Uint8Array<ArrayBuffer>) => void; reject: (error: Error) => void } | undefined
let bridge: PythonBridge | undefined

self.onmessage = ({ data }: MessageEvent<ToPython>): void => {
  switch (data.type) {
    case 'boot': return void start(data)
    case 'call': return void answer(data)
    case 'ran': return settle(data.id, ({ resolve }) => resolve(data.outputs))
    case 'library': return data.bytes === null ? whole?.reject(new EdgewebError('network', 'A module of the standard library is not there.', 'Reload the page with a connection.')) : whole?.resolve(data.bytes)
    case 'not-run': return settle(data.id, ({ reject }) => reject(new Error(`${data.error.message} ${data.error.hint}`)))
  }
}

async function start(message: BootPython): Promise<void> {
  try {
    const alive = hold(message.alive, () => send({ type: 'alive' }))
    const python = await boot(message)
    close()
    bridge = new PythonBridge(python, message, ask, wholeLibrary)
    await bridge.load(message.source)
    await alive
    send({ type: 'ready' })
  } catch (error) {
    send({ type: 'start-failed', error: plain(error) })
  }
}

async function answer({ id, call }: Extract<ToPython, { type: 'call' }>): Promise<void> {
  try {
    const found = await bridge?.call(call)
    if (found === undefined) send({ type: 'done', id })
    else if ('json' in found) send({ type: 'result', id, json: found.json })
    else send({ type: 'feeds', id, feeds: found.feeds })
  } catch (error) {
    // Whatever Python itself raised came as an EdgewebError; the rest is the interpreter's own end.
    send({ type: 'failed', id, error: plain(error), fatal: !(error instanceof EdgewebError) })
  }
}

/** A hook's `model.run`. */
function ask(model: string, feeds: NamedTensor[]): Promise<NamedTensor[]> {
  const id = ++runs
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject })
    send({ type: 'run', id, model, feeds })
  })
}

function wholeLibrary(): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    whole = { resolve, reject }
    send({ type: 'library' })
  })
}

function settle(id: number, how: (found: Waiting) => void): void {
  const found = waiting.get(id)
  waiting.delete(id)
  if (found !== undefined) how(found)
}

function plain(error: unknown): PlainError {
  if (error instanceof EdgewebError) return { code: error.code, message: error.message, hint: error.hint, ...(error.details ? { details: error.details } : {}) }
  const message = error instanceof Error ? error.message : String(error)
  // Of a traceback the last line says what happened.
  const said = message.trim().split('\n').at(-1) ?? ''
  return { code: 'hook', message: `Python stopped: ${said.slice(0, 300)}`, hint: 'Try again: it is started anew.' }
}

function send(message: FromPython): void {
  post(message)
}
