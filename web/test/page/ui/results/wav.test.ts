/** A sound that was made, as a file. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPcm } from '../../../../src/page/sound.js'
import { wav } from '../../../../src/page/ui/results/wav.js'

const chirp = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i ** 2 / 9000) * 0.5)

test('a WAV file holds the sound', async () => {
  const sound = readPcm(new DataView(await wav({ samples: chirp, rate: 22050 }).arrayBuffer()))
  assert.equal(sound?.rate, 22050)
  chirp.forEach((value, i) => assert.ok(Math.abs((sound?.samples[i] ?? NaN) - value) < 1e-4))
})
