/** The names of examples. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameOf } from '../../../../src/page/ui/results/examples.js'

test('an example is called as its file was', () => {
  assert.equal(nameOf('assets/speech-0123456789abcdef.wav'), 'speech.wav')
  assert.equal(nameOf('assets/page-html-0123456789abcdef.bin'), 'page-html')
})
