/** Speaks frame by frame: what another model has read becomes a spectrum, each frame of which is made of those before, and that a sound. */
import type { TensorLike } from '../../../shared/api.js'
import { makeInput } from '../../../shared/golden.js'
import type { Frames, TextState } from '../../../shared/manifest.gen.js'
import { arrayFor, elementCount } from '../../../shared/tensors.js'
import type { Held, Named } from '../../../worker/engine.js'
import { numbers, take } from '../../../worker/outputs.js'
import type { Calling, Runs } from '../../../worker/reader.js'

const FLOAT_BYTES: Partial<Record<TextState['type'], number>> = { float16: 2, float64: 8 }

/** @param feeds of the model that reads. @param stopped nobody waits for the rest. */
export async function spoken(frames: Frames, feeds: Named, runs: Runs, stopped: Calling['stopped']): Promise<TensorLike> {
  const reads = new Set(frames.crossing.flatMap(({ output }) => (output == null ? [] : [output])))
  const { held } = await runs.hold(feeds, reads)
  try {
    return await heard(frames, await made(frames, held, runs, stopped), runs)
  } finally {
    for (const each of held.values()) each.free()
  }
}

/** All frames, one after the other. */
async function made(frames: Frames, read: ReadonlyMap<string, Held>, runs: Runs, stopped: Calling['stopped']): Promise<number[][]> {
  const { model, sequence, state = [], branch, spectrum, stop, ratio, limit, threshold = 0.5, crossing, constants = [] } = frames
  const length = [...read.values()][0]?.dims[1] ?? 1
  const ones: TensorLike = { type: 'int64', dims: [1, length], data: new BigInt64Array(length).fill(1n) }
  const fixed = new Map<string, TensorLike | Held>([...crossing.map(({ input, output }) => [input, output == null ? ones : (read.get(output) ?? ones)] as const), ...constants.map((each) => [each.name, makeInput(each)] as const)])
  const states = [sequence, ...state]
  const kept = new Map<string, Held>()
  const rows: number[][] = []
  const most = Math.min(Math.trunc(length * ratio), limit)
  try {
    for (let ended = false; !ended;) {
      const first = kept.size === 0
      const feeds = new Map([...fixed, ...states.map((each) => [each.input, kept.get(each.input) ?? nothing(each)] as const)])
      if (branch != null) feeds.set(branch, { type: 'bool', dims: [1], data: Uint8Array.of(first ? 0 : 1) })
      const wanted = states.filter(({ once }) => first || once !== true)
      const answer = await runs.hold(feeds, new Set(wanted.map(({ output }) => output)), model)
      for (const { input, output } of wanted) {
        kept.get(input)?.free()
        kept.set(input, answer.held.get(output) as Held)
      }
      rows.push(numbers(take(answer.outputs, spectrum)))
      ended = rows.length >= most || numbers(take(answer.outputs, stop)).reduce((sum, share) => sum + share, 0) >= threshold || stopped()
    }
    return rows
  } finally {
    for (const each of kept.values()) each.free()
  }
}

async function heard({ vocoder, spectrogram, sequence }: Frames, rows: readonly number[][], runs: Runs): Promise<TensorLike> {
  const bins = sequence.dims.at(-1) ?? 1
  const data = Float32Array.from(rows.flat())
  const outputs = await runs.infer(new Map([[spectrogram, { type: 'float32', dims: [data.length / bins, bins], data }]]), vocoder)
  return [...outputs.values()][0] as TensorLike
}

/** What is kept before the first frame. */
function nothing({ type, dims }: TextState): TensorLike {
  return { type, dims, data: arrayFor(type, new Uint8Array(elementCount(dims) * (FLOAT_BYTES[type] ?? 4))) }
}
