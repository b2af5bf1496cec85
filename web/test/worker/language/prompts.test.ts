/** What a model reads of a text, or of a conversation. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { promptOf } from '../../../src/worker/language/prompts.js'
import { Telling } from '../../../src/worker/language/telling.js'
import { wishesOf } from '../../../src/worker/language/wishes.js'
import { refuses } from '../sites.js'

/** A token a character. */
const tokens = { ids: (text: string) => [...text].map((each) => each.codePointAt(0) ?? 0), text: (ids: number[]) => String.fromCodePoint(...ids) }
const chat = { first: '<d>', after: '\n', prompt: '<a>', opens: '<a>', next: '\n<u>', system: { before: '<s>', after: '<u>' }, trims: ['user' as const] }
const user = (content: string) => ({ role: 'user' as const, content })
const assistant = (content: string) => ({ role: 'assistant' as const, content })
const system = (content: string) => ({ role: 'system' as const, content })
const said = (messages: Parameters<typeof promptOf>[0], room = 99, own: string | undefined = undefined): string => tokens.text(promptOf(messages, { chat, ...(own === undefined ? {} : { system: own }) }, tokens, [1], room).ids)

test('a conversation stands between the texts of its template', () => {
  assert.equal(said([user(' a ')]), '<d>a\n<a>')
  assert.equal(said([system('be'), user('a'), assistant(' b'), user('c')]), '<s>be<u>a\n<a> b\n<u>c\n<a>')
  assert.equal(said([user('a'), assistant('b and ')]), '<d>a\n<a>b and ', 'an answer that is to be continued')
  assert.equal(said([user('a')], 99, 'own'), '<s>own<u>a\n<a>')
  assert.equal(said([system(''), user('a')], 99, 'own'), '<d>a\n<a>', 'an empty one of the visitor is none')
})

test('the oldest turns go first, and it is told', () => {
  const long = [system('be'), user('aaaa'), assistant('bbbb'), user('cccc')]
  assert.equal(said(long, 20), '<s>be<u>cccc\n<a>')
  assert.equal(said(long, 14), '<s>be<u>cc\n<a>')
  assert.deepEqual([promptOf(long, { chat }, tokens, [], 20).truncated, promptOf(long, { chat }, tokens, [], 99).truncated], [true, false])
  refuses(() => promptOf(long, { chat }, tokens, [], 8), /told first is longer/)
})

test('a text is cut at its beginning, behind what stands before every text', () => {
  assert.deepEqual(promptOf([user('abc')], {}, tokens, [1], 3), { ids: [1, 98, 99], truncated: true })
  refuses(() => promptOf([user('a'), assistant('b'), user('c')], {}, tokens, [1], 9), /no conversations/)
  refuses(() => promptOf([system('a'), user('c')], {}, tokens, [1], 9), /no conversations/)
})

test('what is no conversation of this model is refused', () => {
  refuses(() => said([user('a'), user('b')]), /Message 2/)
  refuses(() => said([system('a')]), /no question/)
  refuses(() => promptOf([system('a'), user('b')], { chat: { ...chat, system: null } }, tokens, [], 99), /no place for a system prompt/)
})

test('a text that ends the answer, however it comes in tokens', () => {
  const telling = new Telling(tokens, tokens.ids('ab'), ['end', '.'], () => assert.fail())
  assert.deepEqual(['c', 'ce', 'cen', 'cend', 'c.d'].map((each) => telling.ended(tokens.ids(each))), [false, false, false, true, true])
  assert.equal(telling.text(tokens.ids('cend')), 'c')
  assert.equal(telling.text(tokens.ids('c.end')), 'c')
})

test('at most one event a frame, and no half characters', async () => {
  const told: string[] = []
  const telling = new Telling(tokens, [], [], ({ text }) => told.push(text))
  for (const each of ['a', 'ab', 'abc']) telling.wrote(tokens.ids(each))
  assert.deepEqual(told, ['a'])
  await new Promise((done) => setTimeout(done, 20))
  telling.wrote(tokens.ids('abcd\ufffd'))
  assert.deepEqual(told, ['a', 'abcd'])
})

test('the caller is heard first, then the site', () => {
  const described = { inputs: { ids: 'i', type: 'int64' as const }, output: 'o', sampling: { temperature: 0.7, beams: 1, maxLength: 30, noRepeatNgrams: 2 }, stop: ['x'] }
  const usual = wishesOf({}, described)
  assert.deepEqual([usual.choice.temperature, usual.most(10), usual.most(50), usual.stop, usual.rules.noRepeatNgrams], [0.7, 20, 1, ['x'], 2])
  const asked = wishesOf({ beams: 3, maxTokens: 7, stop: 'y', noRepeatNgrams: 0 }, described)
  assert.deepEqual([asked.choice.temperature, asked.most(10), asked.stop, asked.rules.noRepeatNgrams], [0, 7, ['y'], 0])
  refuses(() => wishesOf({ temperature: -1 }, described), /temperature/)
  refuses(() => wishesOf({ stop: [''] }, described), /stop/)
  refuses(() => wishesOf({ beams: 1000 }, described), /beams/)
})
