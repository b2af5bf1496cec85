/** A classification in words, and how its scores may be shown. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { found, scoring } from '../../../../src/page/ui/claims.js'
import { rank, spoken } from '../../../../src/page/ui/results/bars.js'
import { figure } from '../../../../src/page/ui/results/scene.js'

const HALVES = [{ label: 'shut', score: 0.25 }, { label: 'open', score: 0.75 }]
const LOGITS = [{ label: 'a', score: -4 }, { label: 'b', score: -1 }]
type Evidence = NonNullable<Parameters<typeof scoring>[0]['evidence']>

const says = (claim: 'probabilities' | 'boxes' | 'task', source: 'user' | 'file' | 'trial' | 'assumed'): { evidence: Evidence } =>
  ({ evidence: [{ claim: 'task', value: 'x', source: 'file', from: 'f' }, { claim, value: 'softmax', source, from: 'f' }] })

const hooked = (name: 'preprocess' | 'postprocess'): Pick<Parameters<typeof scoring>[0], 'hooks'> =>
  ({ hooks: { file: 'h.py', name: 'h.py', model: 'm', functions: [name], input: 'image', seconds: 30 } })

test('a class that is only named is said without a figure', () => {
  assert.equal(spoken([{ label: 'open', score: NaN }]), 'open')
  assert.equal(spoken([{ label: 'open', score: 0.75 }]), 'open, 0.75')
  assert.equal(spoken([{ label: 'shut', score: 0 }, { label: 'open', score: 1 }]), 'open, 100%')
})

test('percentages need a source for probabilities that is more than assumed', () => {
  for (const source of ['user', 'file', 'trial'] as const) assert.equal(scoring(says('probabilities', source)), 'shares')
  assert.equal(scoring(says('probabilities', 'assumed')), 'order')
  assert.equal(scoring(says('boxes', 'file')), 'order')
  assert.equal(scoring(says('task', 'user')), 'order')
})

test('what is found may have percentages of its own; hooks and sites without evidence say what they say', () => {
  for (const claim of ['probabilities', 'boxes'] as const) assert.equal(found(says(claim, 'trial')), 'shares')
  assert.equal(found(says('boxes', 'assumed')), 'figures')
  for (const told of [{}, { evidence: [] }, { ...says('probabilities', 'assumed'), ...hooked('postprocess') }]) assert.deepEqual([scoring(told), found(told)], ['told', 'told'])
  assert.equal(scoring({ ...says('probabilities', 'assumed'), ...hooked('preprocess') }), 'order')
})

test('an order has bars as long as the best and no number', () => {
  assert.equal(spoken(HALVES, 'order'), 'open')
  for (const [labels, shares] of [[HALVES, [1, 1 / 3]], [LOGITS, [1, 0]]] as const) {
    const ranked = rank(labels, 'order')
    assert.equal(ranked.figure, null)
    assert.deepEqual(ranked.labels.map(({ score }) => ranked.share(score)), shares)
  }
})

test('probabilities of several labels need not add up to one, and what is none is a figure', () => {
  assert.equal(spoken([{ label: 'a', score: 0.9 }, { label: 'b', score: 0.8 }], 'shares'), 'a, 90.0%')
  assert.equal(spoken(LOGITS, 'shares'), 'b, -1')
  assert.deepEqual((['shares', 'figures', 'told'] as const).map((each) => figure(0.5, each)), ['50.0%', '0.50', '50.0%'])
  assert.equal(figure(7, 'shares'), '7')
})
