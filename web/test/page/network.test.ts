/** What the panel counts: entries and violations as Chromium 156 and Firefox ESR 153 report them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tally, type Timing } from '../../src/page/network.js'

const SEAL = "default-src 'none'"
const SITE = "connect-src 'self'"
const entry = (name: string, startTime: number, more: Partial<Timing> = {}): Timing =>
  ({ name, startTime, requestStart: 0, responseStatus: 0, transferSize: 0, encodedBodySize: 0, ...more })
const refusal = (blockedURI: string, originalPolicy = SEAL) => ({ blockedURI, originalPolicy, disposition: 'enforce' as const })

function sealedTally(): Tally {
  const tally = new Tally()
  tally.sealedAt = 100
  return tally
}

test('bytes over the network are told from what the device had', () => {
  const tally = new Tally()
  tally.add(entry('https://a/', 0, { requestStart: 1, responseStatus: 200, transferSize: 349, encodedBodySize: 49 }))
  tally.add(entry('https://a/cached', 5, { requestStart: 5, responseStatus: 200, encodedBodySize: 5000 }))
  tally.add(entry('https://a/by-service-worker-in-firefox', 6, { requestStart: 6, responseStatus: 200 }))
  tally.add(entry('blob:https://a/1', 7, { transferSize: 400 }))
  assert.deepEqual([tally.received, tally.answers, tally.local, tally.requests, tally.sent], [349, 1, 2, 0, 0])
})

test('without transferSize the body counts', () => {
  const tally = new Tally()
  const { transferSize: _, ...old } = entry('https://a/', 0, { encodedBodySize: 49 })
  tally.add(old as Timing)
  assert.equal(tally.received, 49)
})

test('a browser that tells nothing is not taken for silence', () => {
  assert.equal(new Tally().known, false)
})

test('only what began after the seal counts as a request', () => {
  const tally = sealedTally()
  tally.add(entry('https://a/shard', 99, { requestStart: 99, transferSize: 8_000_000 }))
  assert.equal(tally.requests, 0)
  tally.add(entry('https://a/after', 101, { requestStart: 102, transferSize: 300 }))
  assert.deepEqual([tally.requests, tally.sent, tally.received], [1, undefined, 8_000_300])
})

test('a refused attempt is one attempt, whatever reports it, and no request', () => {
  const tally = sealedTally()
  tally.refuse(refusal('https://evil/?q', SITE))
  tally.refuse(refusal('https://evil/?q'))
  tally.refuse(refusal('wss://evil/'))
  tally.add(entry('https://evil/?q#part', 101))
  assert.deepEqual([tally.blocked, tally.requests, tally.sent], [2, 0, 0])
  tally.refuse(refusal('https://evil/?q'))
  assert.equal(tally.blocked, 3)
})

test('a request without details counts unless a refusal explains it', () => {
  const tally = sealedTally()
  tally.add(entry('https://evil/pixel', 101))
  assert.equal(tally.requests, 1)
  tally.refuse(refusal('https://evil/pixel'))
  assert.equal(tally.requests, 0)
  tally.add(entry('https://evil/pixel', 102, { requestStart: 103 }))
  assert.equal(tally.requests, 1)
})

test('what reaches nothing is no attempt', () => {
  const tally = sealedTally()
  for (const uri of ['inline', 'eval', 'trusted-types-sink', 'blob', 'data']) tally.refuse(refusal(uri))
  tally.refuse({ ...refusal('https://evil/'), disposition: 'report' })
  assert.equal(tally.blocked, 0)
  const open = new Tally()
  open.refuse(refusal('https://evil/'))
  assert.equal(open.blocked, 0)
})
