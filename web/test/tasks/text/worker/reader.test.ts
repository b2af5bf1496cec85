/** Texts as they are, for a model of strings. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textToFeeds } from '../../../../src/tasks/text/worker/reader.js'
import { refuses, site } from '../../../worker/sites.js'

test('text for a model of one string', () => {
  assert.deepEqual(textToFeeds(site([['t', 'string', [null, 1]]]), 'hi').get('t'), { type: 'string', dims: [1, 1], data: ['hi'] })
  assert.deepEqual(textToFeeds(site([['t', 'string', []]]), 'hi').get('t')?.dims, [])
  refuses(() => textToFeeds(site([['x', 'float32', ['batch', 2]]]), 'hi'), /does not take text/)
  refuses(() => textToFeeds(site([['t', 'string', [3]]]), 'hi'), /several texts/)
})
