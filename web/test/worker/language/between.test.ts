/** Answers between marks, as Python's `re.search(r'<a>(.*)</a>', text)` finds them. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { between } from '../../../src/worker/language/between.js'

const marks = { before: '<a>', after: '</a>' }

test('an answer ends at the last mark behind its beginning', () => {
  assert.equal(between('<q> how much?</q><a> 12 $ </a> and more', marks), '12 $')
  assert.equal(between('<a> one</a> two</a>', marks), 'one</a> two')
  assert.equal(between('</a><a>first<a>second</a>', marks), 'first<a>second')
})

test('what has no end is no answer', () => {
  for (const text of ['', '<q> how much?</q><a> 12', '12</a>', '<a> a line\n and another</a>']) assert.equal(between(text, marks), '', text)
  assert.equal(between('<a> a line\n<a> another </a>', marks), 'another')
})
