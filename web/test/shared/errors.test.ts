/** Errors of scripts that have the class a second time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EdgewebError } from '../../src/shared/errors.js'

test('an error of another script is one of ours', () => {
  class Another extends Error {
    override readonly name = 'EdgewebError'
  }
  assert.ok(new Another('It fails.') instanceof EdgewebError)
  assert.ok(!(new Error('It fails.') instanceof EdgewebError))
})

test('an error of another kind is not one of a kind of ours', () => {
  class Trapped extends EdgewebError {}
  const [trapped, plain] = [new Trapped('runtime', 'It fails.', 'Try again.'), new EdgewebError('runtime', 'It fails.', 'Try again.')]
  assert.ok(trapped instanceof Trapped && trapped instanceof EdgewebError)
  assert.ok(!(plain instanceof Trapped))
})
