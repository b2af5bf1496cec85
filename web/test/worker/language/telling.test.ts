/** What is told while it is written: nothing where nobody listens, and the whole at the end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TextProgress } from '../../../src/shared/api.js'
import { Telling } from '../../../src/worker/language/telling.js'

/** Letters by their numbers; it counts the tokens that it has made a text of. */
class Letters {
  read = 0

  text(ids: number[]): string {
    this.read += ids.length
    return ids.map((id) => String.fromCharCode(97 + id)).join('')
  }
}

test('where nobody listens, only the end is made a text', () => {
  const tokens = new Letters()
  const telling = new Telling(tokens, [], ['d'], undefined)
  const ids: number[] = []
  for (let id = 0; id < 6; id++) telling.wrote((ids.push(id), ids))
  assert.equal(tokens.read, 0)
  assert.equal(telling.done(ids), 'abc')
  assert.equal(tokens.read, 6)
})

test('who listens hears the first token at once, and all of it last', () => {
  const heard: TextProgress[] = []
  const telling = new Telling(new Letters(), [0, 1], [], (progress) => heard.push(progress))
  telling.wrote([2])
  telling.wrote([2, 3])
  assert.equal(telling.done([2, 3, 4]), 'cde')
  assert.deepEqual(heard.map(({ text, tokens }) => [text, tokens]), [['c', 1], ['cde', 3]])
})
