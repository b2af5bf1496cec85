/** edgeweb.json checks itself: its id is its hash. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { before, test } from 'node:test'
import { EdgewebError } from '../../src/shared/errors.js'
import { readRelease } from '../../src/shared/release.js'
import { readGolden } from '../golden.js'

const golden = readGolden('manifest.json')
const empty = golden.replace(/"release": "[0-9a-f]{16}"/, '"release": ""')
const id = createHash('sha256').update(empty).digest('hex').slice(0, 16)
const whole = empty.replace('"release": ""', `"release": "${id}"`)

// What a browser calls a page over https.
before(() => Object.assign(globalThis, { isSecureContext: true }))

test('a whole one is read', async () => {
  assert.equal((await readRelease(whole)).release, id)
})

test('every flipped bit and every cut is found', async () => {
  const bytes = Buffer.from(whole)
  for (let at = 0; at < bytes.length; at += 37) {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << at % 7)
    await assert.rejects(readRelease(flipped.toString('latin1')), EdgewebError, `bit flipped at ${at}`)
    await assert.rejects(readRelease(bytes.subarray(0, at).toString()), (error) => error instanceof EdgewebError && error.code === 'integrity', `cut at ${at}`)
  }
})

test('what has no id of its own is none', async () => {
  await assert.rejects(readRelease(empty), EdgewebError)
  await assert.rejects(readRelease('<!doctype html>'), EdgewebError)
})
