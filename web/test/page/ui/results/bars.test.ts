/** A classification in words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spoken } from '../../../../src/page/ui/results/bars.js'

test('a class that is only named is said without a figure', () => {
  assert.equal(spoken([{ label: 'open', score: NaN }]), 'open')
  assert.equal(spoken([{ label: 'open', score: 0.75 }]), 'open, 0.75')
  assert.equal(spoken([{ label: 'shut', score: 0 }, { label: 'open', score: 1 }]), 'open, 100%')
})
