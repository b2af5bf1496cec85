/** Which backend runs the model on this device: each candidate must give the builder's numbers, and the fastest of those wins, at the first visit. */
import type { Backend } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import { makeInput, mismatch } from '../shared/golden.js'
import type { GoldenCase, Manifest, Variant } from '../shared/manifest.gen.js'
import type { BackendName, Start } from '../shared/protocol.js'
import { Session, type Named } from './engine.js'
import type { OnnxFile } from '../shared/weights/parts.js'

export interface Chosen {
  session: Session
  name: BackendName
  parity: Backend['parity']
  why: string[]
  /** Of a run on the golden input, after a first one. */
  milliseconds: number
}

const NAMES: Record<BackendName, string> = { wasm: 'WebAssembly', webgpu: 'WebGPU', webnn: 'WebNN' }

export async function choose(model: OnnxFile, manifest: Pick<Manifest, 'golden'>, variant: Variant, { backends, timed, draft }: Pick<Start, 'backends' | 'timed' | 'draft'>, onVerify: () => void, keep: readonly string[] = []): Promise<Chosen> {
  const why: string[] = []
  let best: Chosen | undefined
  let failure: unknown
  for (const name of backends) {
    try {
      const found = await attempt(model, goldenOf(manifest, variant, draft), variant, name, onVerify, timed, keep)
      if (!timed) return { ...found, why: backends.length > 1 ? [...why, `${NAMES[name]} ran it at an earlier visit.`] : why }
      why.push(`${NAMES[name]} takes ${found.milliseconds.toFixed(1)} ms.`)
      const slower = best === undefined || found.milliseconds < best.milliseconds ? best : found
      if (slower !== found) best = found
      await slower?.session.release()
    } catch (error) {
      failure = error
      why.push(`${NAMES[name]} was left out: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (best === undefined) throw failure
  return { ...best, why }
}

/** What the form must answer, and to what. */
function goldenOf(manifest: Pick<Manifest, 'golden'>, variant: Variant, draft: boolean): GoldenCase | undefined {
  const whole = manifest.golden?.[variant.golden ?? 0]
  const outputs = draft ? variant.draft?.golden[0] : whole?.outputs
  return whole === undefined || outputs === undefined ? undefined : { inputs: whole.inputs, outputs }
}

async function attempt(model: OnnxFile, golden: GoldenCase | undefined, variant: Variant, name: BackendName, onVerify: () => void, timed: boolean, keep: readonly string[]): Promise<Chosen> {
  const session = await Session.create(model, variant.graphOptimization, name, keep)
  onVerify()
  try {
    if (golden === undefined) return { session, name, parity: 'none', why: [], milliseconds: 0 }
    const feeds: Named = new Map(golden.inputs.map((input) => [input.name, makeInput(input)]))
    const reason = mismatch(golden, await session.run(feeds), variant.tolerance)
    if (reason !== null) {
      throw new EdgewebError('parity', `On this device the model does not give the numbers it was built with: ${reason}.`, 'Try another browser; wrong results are not shown.')
    }
    if (timed) onVerify()
    const begin = performance.now()
    if (timed) await session.run(feeds)
    return { session, name, parity: 'passed', why: [], milliseconds: performance.now() - begin }
  } catch (error) {
    await session.release()
    throw error
  }
}
