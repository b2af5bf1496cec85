/** A long answer pauses for messages, but not before each of its runs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Breath } from '../../src/worker/breath.js'

test('one pause for all who ask, and the next one a frame later', async () => {
  let now = 0
  const breath = new Breath(() => now)
  const first = breath.taken()
  assert.ok(first !== undefined)
  assert.equal(breath.taken(), first)
  let over = false
  const done = first.then(() => { over = true })
  for (let turn = 0; turn < 100; turn++) await Promise.resolve()
  assert.equal(over, false, 'what was promised before is no pause')
  await done
  assert.equal(breath.taken(), undefined)
  now = 20
  await breath.taken()
})
