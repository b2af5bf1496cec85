/** Sounds at another rate, and in windows, whatever the pieces in which they arrive. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AudioPipeline } from '../../../../src/shared/manifest.gen.js'
import { joined, Resampler, type Filter } from '../../../../src/tasks/audio/shared/resample.js'
import { Mix } from '../../../../src/tasks/audio/worker/mix.js'
import { Windows } from '../../../../src/tasks/audio/worker/windows.js'

const chirp = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i ** 2 / 9000) * 0.5)
/** What builder/edgeweb/tasks/audio/resample.py makes of the chirp. */
const EXPECTED: [rate: number, to: number, size: number, known: [number, number][], filter?: Filter][] = [
  [44100, 16000, 1089, [[0, 0], [1, 0.0004173], [100, 0.4162936], [500, -0.2565029], [800, -0.0642897], [1088, -0.0269195]]],
  [8000, 22050, 8269, [[0, 0], [1, 0.0000095], [1000, 0.4414826], [5000, 0.4696864], [8268, 0.0607674]]],
  [44100, 16000, 1089, [[0, 0.0000037], [1, 0.0004229], [500, -0.2566056], [1088, -0.0209319]], 'hann'],
  [8000, 22050, 8269, [[1, 0.0000106], [1000, 0.441621], [5000, 0.4696339], [8268, 0.0555442]], 'hann'],
]
const pipeline = (over: Partial<AudioPipeline>): AudioPipeline => ({
  input: 'x', outputs: ['y'], result: 'activity', rate: 8000, length: 400, hop: 100, lead: 150, batch: 1, group: 4, preprocess: '', postprocess: '', formula: '', ...over,
})

function inPieces(sizes: number[], push: (piece: Float32Array) => Float32Array, end: () => Float32Array): Float32Array {
  let [made, at]: [Float32Array, number] = [new Float32Array(0), 0]
  for (const size of sizes) {
    made = joined(made, push(chirp.subarray(at, at + size)))
    at += size
  }
  return joined(joined(made, push(chirp.subarray(at))), end())
}

test('a sound at another rate has the numbers of Python, however it is cut', () => {
  for (const [rate, to, size, known, filter] of EXPECTED) {
    for (const sizes of [[], [1, 700, 3, 1999]]) {
      const resampler = new Resampler(rate, to, filter)
      const made = inPieces(sizes, (piece) => resampler.push(piece), () => resampler.end())
      assert.equal(made.length, size)
      for (const [i, value] of known) assert.ok(Math.abs((made[i] ?? NaN) - value) < 1e-5, `${rate} to ${to}, sample ${i}: ${made[i]} instead of ${value}`)
    }
  }
})

test('windows are the same for any pieces, and as many as Python counts', () => {
  for (const [over, count] of [[{}, 30], [{ result: 'audio' }, 32], [{ result: 'classification', lead: 0 }, 27], [{ length: 5000, result: 'classification', lead: 0 }, 1]] as [Partial<AudioPipeline>, number][]) {
    const about = pipeline(over)
    const cut = [[], [10, 390, 1, 1000]].map((sizes) => {
      const windows = new Windows(about)
      return inPieces(sizes, (piece) => windows.push(piece), () => windows.end())
    })
    assert.equal((cut[0]?.length ?? 0) / about.length, count)
    assert.deepEqual(cut[0], cut[1])
  }
})

test('windows that are put together again are the sound', () => {
  for (const [overlap, lead] of [['fade', 150], ['fade', 0]] as const) {
    const about = pipeline({ result: 'audio', overlap, lead })
    const [windows, mix] = [new Windows(about), new Mix(about)]
    const made = inPieces([777], (piece) => mix.add(windows.push(piece)), () => joined(mix.add(windows.end()), mix.end()))
    assert.ok(made.length >= chirp.length)
    chirp.forEach((value, i) => assert.ok(Math.abs((made[i] ?? NaN) - value) < 1e-6, `sample ${i}`))
  }
})
