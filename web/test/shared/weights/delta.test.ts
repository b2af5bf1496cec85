/** Deltas of weights: the part that Python coded, byte for byte, and damaged deltas that end in a sentence. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { EdgewebError } from '../../../src/shared/errors.js'
import { applyDelta } from '../../../src/shared/weights/delta.js'
import { readGolden } from '../../golden.js'

type Bytes = Uint8Array<ArrayBuffer>

const vectors = JSON.parse(readGolden('deltas.json')) as { old: string[]; delta: string; bytes: number; sha256: string }
const bytesOf = (text: string): Bytes => Uint8Array.from(Buffer.from(text, 'base64'))
const OLD = vectors.old.map(bytesOf)
const DELTA = bytesOf(vectors.delta)
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const damaged = (error: unknown): boolean => error instanceof EdgewebError && error.code === 'integrity'

test('the new part is the one that Python coded', async () => {
  assert.ok(OLD.length > 1)
  assert.equal(hash(await applyDelta(DELTA, OLD, vectors.bytes)), vectors.sha256)
})

test('the old parts stay as they are', async () => {
  const before = OLD.map(hash)
  await applyDelta(DELTA, OLD, vectors.bytes)
  assert.deepEqual(OLD.map(hash), before)
})

test('other old parts, lengths and deltas do not give it', async () => {
  await assert.rejects(applyDelta(DELTA, OLD.slice(1), vectors.bytes), damaged)
  await assert.rejects(applyDelta(DELTA, OLD.toReversed(), vectors.bytes), damaged)
  await assert.rejects(applyDelta(DELTA, OLD, vectors.bytes + 1), damaged)
  await assert.rejects(applyDelta(OLD[0] as Bytes, OLD, vectors.bytes), damaged)
  await assert.rejects(applyDelta(DELTA.subarray(0, -2), OLD, vectors.bytes), damaged)
  await assert.rejects(applyDelta(Uint8Array.from([...DELTA, 0, 0]), OLD, vectors.bytes), damaged)
})

test('no damage gives the part, or does more than throw', async () => {
  let seed = 1
  const random = (below: number): number => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 8) % below
  let thrown = 0
  for (let round = 0; round < 200; round++) {
    const broken = DELTA.slice()
    const at = random(broken.length)
    broken[at] = (broken[at] as number) ^ (1 << random(8))
    // What is damaged without a trace here is found by the hash of what it gives.
    const made = await applyDelta(broken, OLD, vectors.bytes).catch((error: unknown) => {
      assert.ok(damaged(error), String(error))
      thrown++
    })
    if (made !== undefined) assert.notEqual(hash(made), vectors.sha256)
  }
  assert.ok(thrown > 150, `only ${thrown}`)
})
