/** Which release a visitor gets: switching, going back, being withdrawn, being switched off. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { State } from '../../src/shared/store.js'
import { given, isNews, isOff, kept, numbered, offered, plain, remembered, rolledBack, taken, withdrawn } from '../../src/sw/decide.js'

test('the first release is taken at once', () => {
  assert.deepEqual(offered({}, 'a'), { current: 'a' })
})

test('a later one waits for the next page, and keeps the way back', () => {
  const waiting = offered({ current: 'a' }, 'b')
  assert.deepEqual(waiting, { current: 'a', next: 'b' })
  assert.deepEqual(taken(waiting), { current: 'b', previous: 'a' })
  assert.deepEqual(taken(offered(taken(waiting), 'c')), { current: 'c', previous: 'b' })
})

test('the host may go back to an older release', () => {
  assert.ok(isNews({ current: 'b', previous: 'a' }, 'a'))
  assert.deepEqual(taken(offered({ current: 'b', previous: 'a' }, 'a')), { current: 'a', previous: 'b' })
})

test('a release that the host withdraws before anybody took it is dropped', () => {
  assert.deepEqual(offered({ current: 'a', next: 'b' }, 'a'), { current: 'a' })
  assert.deepEqual(offered({ current: 'a', next: 'b' }, 'c'), { current: 'a', next: 'c' })
})

test('what changes nothing is the same object, so nothing is written', () => {
  for (const state of [{ current: 'a' }, { current: 'a', next: 'b' }, { current: 'a', refused: 'x' }] satisfies State[]) {
    assert.equal(offered(state, state.next ?? state.current), state)
  }
  assert.equal(taken({ current: 'a' }).current, 'a')
})

test('a visitor goes back, and stays there until there is a third release', () => {
  const back = rolledBack({ current: 'b', previous: 'a', next: 'c' })
  assert.deepEqual(back, { current: 'a', refused: 'b' })
  assert.ok(!isNews(back ?? {}, 'b'))
  assert.equal(offered(back ?? {}, 'b'), back)
  assert.ok(isNews(back ?? {}, 'c'))
  assert.equal(rolledBack({ current: 'a' }), undefined)
})

test('open pages keep their release', () => {
  assert.deepEqual(kept({ current: 'c', previous: 'b' }, ['a', 'c']), ['c', 'b', 'a'])
})

test('only the host itself switches a site off', () => {
  assert.ok(isOff(410, ''))
  assert.ok(isOff(200, '{"format":1,"off":true}'))
  for (const [status, text] of [[404, ''], [500, '{"format":1,"off":true}'], [200, ''], [200, 'null'], [200, '{"format":2,"off":true}'], [200, '{"format":1,"off":false}']] as const) {
    assert.ok(!isOff(status, text), `${status} ${text}`)
  }
})

test('how a visitor came to a release stays with it, and goes with it', () => {
  const arm = offered({ current: 'a' }, 'b', { channel: 'experiment', arm: 'B' })
  assert.deepEqual(arm, { current: 'a', next: 'b', seats: { b: { channel: 'experiment', arm: 'B' } } })
  assert.equal(offered(arm, 'b', { channel: 'experiment', arm: 'B' }), arm)
  const control = offered({ current: 'a' }, 'a', { channel: 'experiment', arm: 'A' })
  assert.deepEqual(control, { current: 'a', seats: { a: { channel: 'experiment', arm: 'A' } } })
  assert.deepEqual(offered(control, 'a'), { current: 'a' })
})

test('a revoked release is left for what is ready, else for the one before, else for the network', () => {
  assert.deepEqual(withdrawn({ current: 'b', previous: 'a', next: 'c' }, ['b']), { current: 'c' })
  assert.deepEqual(withdrawn({ current: 'b', previous: 'a' }, ['b']), { current: 'a' })
  assert.deepEqual(withdrawn({ current: 'b', number: 4 }, ['b']), { number: 4 })
  assert.deepEqual(withdrawn({ current: 'a', previous: 'b', next: 'c' }, ['b']), { current: 'a', next: 'c' })
  assert.deepEqual(withdrawn({ current: 'a', previous: 'b', next: 'c' }, ['c']), { current: 'a', previous: 'b' })
  const untouched: State = { current: 'a', previous: 'b' }
  assert.equal(withdrawn(untouched, ['x']), untouched)
})

test('the number and the visitor stay through everything but the end of the channel file', () => {
  const file = (number: number, revoked: string[] = []) => ({ number, revoked })
  const first = numbered({ current: 'a' }, file(4), 'me')
  assert.deepEqual(first, { current: 'a', number: 4, visitor: 'me' })
  assert.equal(numbered(first, file(4), 'other'), first)
  assert.equal(numbered(first, file(3), 'other'), first)
  const later = numbered(first, file(5, ['x']), 'other')
  assert.deepEqual(later, { current: 'a', number: 5, visitor: 'me', revoked: ['x'] })
  assert.ok(!isNews(later, 'x'))
  assert.equal(offered(later, 'x'), later)
  assert.deepEqual(numbered(later, file(6), 'other'), { current: 'a', number: 6, visitor: 'me' })
  assert.deepEqual(rolledBack({ ...first, previous: 'z' }), { current: 'z', refused: 'a', number: 4, visitor: 'me' })
  assert.deepEqual(plain(later, 5), { current: 'a', visitor: 'me' })
})

test('what was asked before a later channel file was obeyed changes nothing', () => {
  const seat = { channel: 'stable' } as const
  const obeyed: State = { current: 'a', number: 6, visitor: 'me' }
  assert.equal(given(obeyed, 5, 'b', seat), obeyed)
  assert.equal(given(obeyed, undefined, 'b', seat), obeyed)
  assert.deepEqual(given(obeyed, 6, 'b', seat), { ...obeyed, next: 'b' })
  assert.equal(plain(obeyed, undefined), obeyed)
  assert.equal(plain(obeyed, 5), obeyed)
})

test('who may sign is remembered of what came last', () => {
  const signed = remembered({ current: 'a', next: 'b' }, { release: 'b', signers: ['x'] })
  assert.deepEqual(signed, { current: 'a', next: 'b', signers: ['x'] })
  assert.equal(remembered(signed, { release: 'b', signers: ['x'] }), signed)
  assert.equal(remembered(signed, { release: 'c', signers: ['y'] }), signed)
  assert.deepEqual(remembered(signed, { release: 'a' }), { current: 'a', next: 'b' })
})
