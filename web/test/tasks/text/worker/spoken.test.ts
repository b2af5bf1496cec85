/** Languages of a model that knows several: which tokens stand around a text, and which one its answer begins with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EdgewebError } from '../../../../src/shared/errors.js'
import { spoken } from '../../../../src/tasks/text/worker/spoken.js'

const ids = { en_XX: 4, de_DE: 5, pt_PT: 6, pt_BR: 7 }

test('a language stands around a text in place of the usual one, by its token or its code alone', () => {
  const { around, first } = spoken({ ids, source: 'en_XX', target: null }, { source: 'de', language: 'pt_BR' })
  assert.deepEqual(around([4]), [5])
  assert.deepEqual(around([2, 4]), [2, 5])
  assert.equal(first, 7)
})

test('without a wish the site says it, and a model of one pair has none', () => {
  const usual = spoken({ ids, source: 'en_XX', target: 'de_DE' }, {})
  assert.deepEqual([usual.around([2, 4]), usual.first], [[2, 4], 5])
  const none = spoken(undefined, { language: 'de' })
  assert.deepEqual([none.around([2, 4]), none.first], [[2, 4], undefined])
})

test('a language that is not there, or that may be two, is refused', () => {
  for (const language of ['fr', 'pt', '']) {
    assert.throws(() => spoken({ ids }, { language }), (error) => error instanceof EdgewebError && error.code === 'input' && error.hint.includes('pt_BR'))
  }
})
