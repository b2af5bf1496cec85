/** The browser's tokenizer finds the ids that the builder's found; tests/builder/tasks/language/test_tokenizer.py asks the other one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tokens, inputsFor, lengths } from '../../../src/worker/language/tokens.js'
import { fed, Shared } from '../../../src/worker/language/steps.js'
import type { TensorLike } from '../../../src/shared/api.js'
import { dice, next } from '../../../src/worker/language/sampling.js'
import { located } from '../../../src/tasks/text/worker/offsets.js'
import { placesOf, spansOf } from '../../../src/tasks/text/worker/spans.js'
import { readGolden } from '../../golden.js'

interface Case {
  name: string
  slim: object
  texts: Record<string, number[]>
  spaced: boolean
  unknown: number | null
  /** Of each token its start, its end and its word, by characters as Python counts them. */
  places: Record<string, [number, number, number][]>
}

const cases = JSON.parse(readGolden('tokens.json')) as Case[]

for (const { name, slim, texts } of cases) {
  test(`the same ids as in Python: ${name}`, () => {
    const bytes = new TextEncoder().encode(JSON.stringify(slim))
    const tokens = new Tokens(bytes, { cases: Object.entries(texts).slice(0, 1).map(([text, ids]) => ({ text, ids })) })
    for (const [text, ids] of Object.entries(texts)) assert.deepEqual(tokens.ids(text), ids, text)
    assert.throws(() => new Tokens(bytes, { cases: [{ text: 'owls', ids: [99, 99] }] }), /not taken apart/)
  })
}

for (const { name, slim, spaced, unknown, places } of cases) {
  test(`tokens stand where the tokenizers' own library says: ${name}`, () => {
    const tokens = new Tokens(new TextEncoder().encode(JSON.stringify(slim)), { spaced, unknown })
    for (const [text, right] of Object.entries(places)) {
      const characters = [...text]
      const units = (place: number): number => characters.slice(0, place).join('').length
      const found = located(tokens, text)
      assert.deepEqual(found.places.map(({ start, end }, i) => [start, end, found.words[i]]), right.map(([start, end, word]) => [units(start), units(end), word]), text)
    }
  })
}

test('a longer text is cut between what stands around it', () => {
  const tokens = new Tokens(new TextEncoder().encode(JSON.stringify(cases[0]?.slim)), { before: [2], after: [3], limit: 4 })
  const { ids, truncated } = tokens.whole('the film was good')
  assert.deepEqual([ids.length, ids[0], ids[3], truncated], [4, 2, 3, true])
})

test('two texts are joined, and cut as in Python', () => {
  const pair = { before: [2], between: [3, 3], after: [3], types: [0, 0, 0, 1, 1], whole: 2 }
  const tokens = new Tokens(new TextEncoder().encode(JSON.stringify(cases[0]?.slim)), { pair, limit: 9 })
  const [one, two] = [tokens.ids('the film was good'), tokens.ids('good film')]
  const { ids, types, truncated } = tokens.both('the film was good', 'good film', 'first')
  assert.deepEqual(ids, [2, ...one.slice(0, 5 - two.length), 3, 3, ...two, 3])
  assert.deepEqual([types?.length, types?.at(-1), truncated], [ids.length, 1, one.length + two.length > 5])
  assert.deepEqual([lengths(9, 3, 8, 'longest'), lengths(3, 9, 8, 'longest'), lengths(9, 9, 7, 'longest'), lengths(3, 9, 8, 'second')], [[5, 3], [3, 5], [3, 4], [3, 5]])
  const feeds = inputsFor({ ids: 'ids', type: 'int64', types: 'types', length: 10 }, ids, 0, types)
  assert.deepEqual(feeds.get('types')?.data.at(-1), 0n)
  assert.throws(() => new Tokens(new TextEncoder().encode(JSON.stringify(cases[0]?.slim)), {}).both('a', 'b'), /one text at a time/)
})

test('what a model kept goes on at its place', () => {
  const inputs = { ids: 'ids', type: 'int64' as const, mask: 'mask', positions: 'at', branch: 'more', state: [{ input: 'past', output: 'present', type: 'float32' as const, dims: [1, 2, 0, 4] }] }
  const first = inputsFor(inputs, [5, 6])
  assert.deepEqual([first.get('past')?.dims, first.get('past')?.type, first.get('more')], [[1, 2, 0, 4], 'float32', { type: 'bool', dims: [1], data: Uint8Array.of(0) }])
  const kept = { type: 'float32' as const, dims: [1, 2, 2, 4], read: () => assert.fail(), free: () => undefined }
  const later = fed(inputs, [7], 2, new Shared(new Map([['past', kept]])))
  assert.deepEqual([later.get('mask')?.dims, (later.get('at') as TensorLike).data, later.get('past'), later.get('more')], [[1, 3], BigInt64Array.of(2n), kept, { type: 'bool', dims: [1], data: Uint8Array.of(1) }])
})

test('places of tokens, also of those that cannot be found', () => {
  const text = 'Café  Ünder the 🦉, New-York'
  const places = placesOf(text, ['cafe', 'under', 'the', '[UNK]', ',', 'new', '-', 'york'])
  assert.deepEqual(places.map(({ start, end }) => text.slice(start, end)), ['Café', 'Ünder', 'the', '🦉', ',', 'New', '-', 'York'])
})

test('words of several pieces, runs of several words', () => {
  const text = 'Angela Merkel, New York Paris'
  const surfaces = ['ang', 'ela', 'merkel', ',', 'new', 'york', 'paris']
  const labels = ['B-PER', 'O', 'I-PER', 'O', 'B-LOC', 'I-LOC', 'B-LOC']
  const spans = spansOf(text, placesOf(text, surfaces), labels, [0.5, 0, 1, 1, 1, 1, 1], (i) => i === 1)
  assert.deepEqual(spans.map(({ label, text: found, score }) => [label, found, score]), [['PER', 'Angela Merkel', 0.75], ['LOC', 'New York', 1], ['LOC', 'Paris', 1]])
  assert.deepEqual(spansOf('a dog ran', placesOf('a dog ran', ['a', 'dog', 'ran']), ['DET', 'NOUN', 'NOUN'], [1, 1, 1], () => false).map(({ text: found }) => found), ['a', 'dog ran'])
})

test('the next token: the likeliest, or drawn among few, the same for a seed', () => {
  const scores = Float32Array.of(1, 3, 2, -50)
  assert.equal(next(scores, { temperature: 0, topK: 0, topP: 1 }, dice(1)), 1)
  assert.equal(next(scores, { temperature: 1, topK: 1, topP: 1 }, () => 0.999), 1)
  assert.equal(next(scores, { temperature: 1, topK: 0, topP: 0.5 }, () => 0.999), 1)
  const draw = (seed: number): number[] => { const random = dice(seed); return Array.from({ length: 2000 }, () => next(scores, { temperature: 1, topK: 0, topP: 1 }, random)) }
  const drawn = draw(7)
  assert.deepEqual(drawn, draw(7))
  const share = (id: number): number => drawn.filter((each) => each === id).length / drawn.length
  // Softmax of 1, 3, 2.
  assert.ok(Math.abs(share(1) - 0.665) < 0.04 && Math.abs(share(0) - 0.09) < 0.03, `${share(0)} ${share(1)}`)
})
