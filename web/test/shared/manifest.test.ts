/** The manifest: the golden copy that Python reads as well, and what both languages refuse. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EdgewebError } from '../../src/shared/errors.js'
import { parseManifest } from '../../src/shared/manifest.js'
import { readGolden } from '../golden.js'

interface Edit {
  why: string
  at: string
  value?: unknown
  remove?: true
}

const read = (name: string): unknown => JSON.parse(readGolden(name))

/** A fresh copy with the value at the JSON pointer replaced, added or removed; tests/builder/test_manifest.py does the same. */
function edited({ at, value, remove }: Edit): unknown {
  const whole = read('manifest.json')
  const parts = at.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = parts.pop() ?? ''
  let place = whole as Record<string, unknown>
  for (const part of parts) place = place[part] as Record<string, unknown>
  if (remove) delete place[last]
  else place[last] = value
  return whole
}

test('the golden copy is a manifest', () => {
  const manifest = parseManifest(read('manifest.json'))
  assert.equal(manifest.name, 'bird-finder')
  assert.deepEqual(manifest.inputs[0]?.shape, ['batch', 3, 224, null])
  assert.equal(manifest.golden?.[0]?.inputs[1]?.strings?.[1], 'ß"\u2028')
})

test('what Python refuses is refused', () => {
  const edits = read('bad-manifests.json') as Edit[]
  assert.ok(edits.length > 60)
  for (const edit of edits) {
    assert.throws(() => parseManifest(edited(edit)), (error) => error instanceof EdgewebError && error.code === 'site-invalid', edit.why)
  }
})

test('an unknown key is named', () => {
  assert.throws(() => parseManifest(edited({ why: '', at: '/variants/0/surprise', value: 1 })), /\/variants\/0 .*surprise/)
})

test('what is no manifest at all is refused', () => {
  for (const value of [null, undefined, 1, 'x', [], {}, { format: 1 }]) assert.throws(() => parseManifest(value), EdgewebError)
})
