/** Which visitor gets which release: what is read, and how visitors are drawn. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isExpired, parseChannels, seat, seatHeaders, seatOf, type Channels } from '../../src/shared/channels.js'

const [A, B, C] = ['a'.repeat(16), 'b'.repeat(16), 'c'.repeat(16)] as [string, string, string]
const plain = { format: 1, number: 3, expires: '2027-01-31', stable: A, revoked: [] }
const canary = (percent: number): Channels => ({ ...plain, canary: { release: B, percent, salt: 's' } })
const experiment = (percent: number, arms = [['B', B]]): Channels => ({
  ...plain, experiment: { name: 'x', salt: 's', control: 'A', arms: arms.map(([name = '', release = '']) => ({ name, release, percent })) },
})
const visitors = Array.from({ length: 1000 }, (_, number) => `visitor ${number}`)
const seats = (channels: Channels): Promise<string[]> => Promise.all(visitors.map(async (id) => JSON.stringify(await seat(channels, id))))

test('the file as the builder writes it is read, and anything else is none', () => {
  assert.deepEqual(parseChannels(JSON.stringify(plain)), plain)
  const broken: unknown[] = [
    null, [], 'x', { ...plain, format: 2 }, { ...plain, number: 0 }, { ...plain, number: 1.5 }, { ...plain, number: '3' }, { ...plain, expires: '31.1.2027' },
    { ...plain, expires: '2027-13-31' }, { ...plain, stable: 'A' }, { ...plain, stable: undefined }, { ...plain, revoked: undefined }, { ...plain, revoked: [A] },
    { ...plain, canary: { release: B, percent: 0, salt: 's' } }, { ...plain, canary: { release: B, percent: 5 } }, { ...plain, experiment: { name: 'x', salt: 's', arms: [] } },
    { ...plain, experiment: { name: 'a b', salt: 's', arms: [{ name: 'B', release: B, percent: 50 }] } }, { ...plain, experiment: { name: 'x', salt: 's', arms: [null] } },
    experiment(60, [['B', B], ['C', C]]),
  ]
  for (const each of broken) assert.equal(parseChannels(JSON.stringify(each)), undefined, JSON.stringify(each))
  for (const text of ['', '<!doctype html>', '{']) assert.equal(parseChannels(text), undefined)
})

test('it is obeyed until the end of its last day', () => {
  assert.ok(!isExpired(plain as Channels, Date.parse('2027-01-31T23:59:59Z')))
  assert.ok(isExpired(plain as Channels, Date.parse('2027-02-01T00:00:00Z')))
})

test('a canary is as many as it says, and grows without anybody leaving it', async () => {
  const [five, twenty, all] = await Promise.all([5, 20, 100].map((percent) => seats(canary(percent))))
  const inside = (found: string[] | undefined): Set<number> => new Set(found?.flatMap((each, number) => (each.includes('canary') ? [number] : [])))
  // Within four standard deviations of a thousand draws.
  assert.ok(Math.abs(inside(five).size - 50) < 28 && Math.abs(inside(twenty).size - 200) < 51, `${inside(five).size} ${inside(twenty).size}`)
  assert.equal(inside(all).size, 1000)
  for (const each of inside(five)) assert.ok(inside(twenty).has(each))
})

test('the arms of an experiment grow without anybody changing from one to another', async () => {
  const [few, more] = await Promise.all([10, 50].map((percent) => seats(experiment(percent, [['B', B], ['C', C]]))))
  for (const name of ['B', 'C']) {
    const count = (found: string[] | undefined): number => found?.filter((each) => each.includes(`"arm":"${name}"`)).length ?? 0
    assert.ok(Math.abs(count(few) - 100) < 38 && Math.abs(count(more) - 500) < 64)
  }
  few?.forEach((each, number) => { if (!each.includes('"A"')) assert.equal(more?.[number], each) })
})

test('whoever is in no arm is in the one that is stable, if there is one', async () => {
  assert.equal((await seats(experiment(50))).filter((each) => each === JSON.stringify({ release: A, channel: 'experiment', arm: 'A' })).length, 1000 - (await seats(experiment(50))).filter((each) => each.includes(B)).length)
  const { control: _, ...rest } = experiment(1).experiment ?? { control: '' }
  const without = { ...plain, experiment: rest } as Channels
  assert.ok((await seats(without)).includes(JSON.stringify({ release: A, channel: 'stable' })))
})

test('draws of two salts have nothing to do with each other', async () => {
  const half = (salt: string): Promise<string[]> => seats({ ...plain, canary: { release: B, percent: 50, salt } })
  const [one, other] = await Promise.all([half('s'), half('t')])
  const both = one.filter((each, number) => each.includes('canary') && other[number]?.includes('canary')).length
  assert.ok(Math.abs(both - 250) < 55, `${both}`)
})

test('a seat travels as headers, and nothing else is taken for one', () => {
  for (const each of [{ channel: 'canary' }, { channel: 'experiment', arm: 'B' }] as const) assert.deepEqual(seatOf(new Headers(seatHeaders(each))), each)
  assert.deepEqual(seatOf(new Headers()), { channel: 'stable' })
  assert.deepEqual(seatOf(new Headers({ 'X-Edgeweb-Channel': 'other', 'X-Edgeweb-Arm': 'B' })), { channel: 'stable' })
})
