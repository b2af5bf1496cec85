/** Coded weights: the file that Python coded, in any order of its parts, and damaged parts that end in a sentence. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { EdgewebError } from '../../../src/shared/errors.js'
import { ModelFile } from '../../../src/worker/weights/file.js'
import { decodePart, Whole } from '../../../src/shared/weights/parts.js'
import { readGolden } from '../../golden.js'

type Bytes = Uint8Array<ArrayBuffer>

interface Vectors {
  bytes: number
  sha256: string
  parts: string[]
  draft: { bytes: number; sha256: string; parts: string[]; whole: string; rests: string[] }
}

const vectors = JSON.parse(readGolden('weights.json')) as Vectors
const fromText = (texts: string[]): Bytes[] => texts.map((part) => Uint8Array.from(Buffer.from(part, 'base64')))
const PARTS = fromText(vectors.parts)
const { draft } = vectors
const FIRST = fromText(draft.parts)
const RESTS = fromText(draft.rests)

async function decoded(parts: Bytes[], length = vectors.bytes): Promise<Bytes> {
  const whole = new Whole(length)
  for (const part of parts) await decodePart(part, whole)
  return whole.complete().graph as Bytes
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const refused = (why: RegExp) => (error: unknown): boolean => error instanceof EdgewebError && error.code === 'integrity' && why.test(error.message)

/** A part with another header. */
function withHeader(part: Bytes, edit: (header: string) => string): Bytes {
  const view = new DataView(part.buffer)
  const end = 12 + view.getUint32(4, true)
  const header = deflateRawSync(edit(inflateRawSync(part.subarray(12, end)).toString()))
  const whole = Uint8Array.from([...part.subarray(0, 12), ...header, ...part.subarray(end)])
  new DataView(whole.buffer).setUint32(4, header.length, true)
  return whole
}

test('the file is the one that Python coded', async () => {
  assert.equal(PARTS.length, 2)
  assert.equal(hash(await decoded(PARTS)), vectors.sha256)
  assert.equal(hash(await decoded(PARTS.toReversed())), vectors.sha256)
})

test('a part may stand at any byte of a larger buffer', async () => {
  const moved = PARTS.map((part) => Uint8Array.from([0, 0, 0, ...part, 0]).subarray(3, 3 + part.length))
  assert.equal(hash(await decoded(moved)), vectors.sha256)
})

test('shards are joined in their order, or decoded in that of their arrival', async () => {
  const plain = new ModelFile()
  plain.add({ type: 'shard', index: 1, bytes: Uint8Array.of(3), decodedBytes: null, rest: false })
  plain.add({ type: 'shard', index: 0, bytes: Uint8Array.of(1, 2), decodedBytes: null, rest: false })
  assert.deepEqual([...(await plain.complete()).graph], [1, 2, 3])
  const coded = new ModelFile()
  for (const index of [1, 0]) coded.add({ type: 'shard', index, bytes: PARTS[index] as Bytes, decodedBytes: vectors.bytes, rest: false })
  assert.equal(hash((await coded.complete()).graph), vectors.sha256)
  const broken = new ModelFile()
  for (const index of [0, 0, 1]) broken.add({ type: 'shard', index, bytes: PARTS[index] as Bytes, decodedBytes: vectors.bytes, rest: false })
  await assert.rejects(broken.complete(), refused(/overlap/))
})

test('missing and doubled parts and other lengths are told', async () => {
  const [first, second] = PARTS as [Bytes, Bytes]
  await assert.rejects(decoded([first]), refused(/a range is missing/))
  await assert.rejects(decoded([second]), refused(/a range is missing/))
  await assert.rejects(decoded([first, second, first]), refused(/overlap/))
  await assert.rejects(decoded(PARTS, vectors.bytes - 1), refused(/another length/))
  await assert.rejects(decoded([new Uint8Array(0)]), refused(/too early/))
  await assert.rejects(decoded([Uint8Array.from(first, (byte, at) => (at === 3 ? 50 : byte))]), refused(/begins otherwise/))
  await assert.rejects(decoded([first.subarray(0, -2)]), refused(/too early/))
  await assert.rejects(decoded([Uint8Array.from([...first, 0, 0])]), refused(/left over/))
})

test('a header that lies is found out', async () => {
  const first = PARTS[0] as Bytes
  const lies: [pattern: RegExp, by: string, why: RegExp][] = [
    [/^{/, '[', /no JSON/],
    [/^.*$/, 'null', /no JSON|missing/],
    [/"bytes":\d+,"tables"/, '"bytes":1e15,"tables"', /another length/],
    [/"at":61,/, `"at":${vectors.bytes},`, /beyond the file/],
    [/"at":61,/, '"at":-1,', /out of its range/],
    [/"at":61,/, '"at":0.5,', /out of its range/],
    [/"rows":\d+/, '"rows":1e9', /out of its range/],
    [/"rows":\d+/, '"rows":0', /empty/],
    [/"columns":\d+/, `"columns":${vectors.bytes}`, /beyond the file/],
    [/"block":\d+/, '"block":0', /./],
    [/"lanes":\d+/, '"lanes":0', /another length/],
    [/"lanes":\d+/, '"lanes":1', /./],
    [/"lanes":\d+/, '"lanes":1000000', /out of its range/],
    [/"steps":\d+/, '"steps":257', /out of its range/],
    [/"steps":\d+/, '"steps":2', /no step/],
    [/"escaped":3/, '"escaped":2', /./],
    [/"tables":\[(\[.*?\])\],"segments"/, '"tables":[],"segments"', /./],
    [/"tables":\[\[\d+/, '"tables":[[8192', /out of its range/],
    [/"kind":"grid"/, '"kind":"lace"', /./],
    [/"segments":\[/, '"segments":[null,', /missing/],
  ]
  for (const [pattern, by, why] of lies) {
    const lying = withHeader(first, (header) => {
      const changed = header.replace(pattern, by)
      assert.notEqual(changed, header, String(pattern))
      return changed
    })
    await assert.rejects(decoded([lying]), refused(why), `${pattern} by ${by}`)
  }
})

test('no damage does more than throw', async () => {
  let seed = 1
  const random = (below: number): number => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 8) % below
  let noticed = 0
  for (let round = 0; round < 400; round++) {
    const part = (PARTS[round % 2] as Bytes).slice()
    if (round % 5 === 0) await decodePart(part.subarray(0, random(part.length)), new Whole(vectors.bytes)).then(() => assert.fail('it is cut off'), expected)
    const edit = (): void => void (part[random(part.length)] = random(256))
    for (let times = random(4); times >= 0; times--) edit()
    // Damage inside of the header and the side bytes as well, which deflate alone would mostly refuse.
    const inner = withInner(PARTS[round % 2] as Bytes, (bytes) => void (bytes[random(bytes.length)] = round % 3 ? 48 + random(10) : random(256)))
    for (const damaged of [part, inner]) await decodePart(damaged, new Whole(vectors.bytes)).catch(expected)
  }
  assert.ok(noticed > 500, `only ${noticed}`)

  function expected(error: unknown): void {
    if (!(error instanceof EdgewebError) || error.code !== 'integrity') throw error
    noticed++
  }
})

/** A part whose header and side bytes were edited as they are once inflated. */
function withInner(part: Bytes, edit: (bytes: Buffer) => void): Bytes {
  const view = new DataView(part.buffer)
  const [head, side] = [view.getUint32(4, true), view.getUint32(8, true)]
  const inner = [part.subarray(12, 12 + head), part.subarray(12 + head, 12 + head + side)].map((deflated) => {
    const bytes = inflateRawSync(deflated)
    edit(bytes)
    return deflateRawSync(bytes)
  })
  const whole = Uint8Array.from([...part.subarray(0, 12), ...inner.flatMap((bytes) => [...bytes]), ...part.subarray(12 + head + side)])
  new DataView(whole.buffer).setUint32(4, inner[0]?.length ?? 0, true)
  new DataView(whole.buffer).setUint32(8, inner[1]?.length ?? 0, true)
  return whole
}

/** A model whose draft is there, and whose rests are added in the order given. */
async function drafted(rests: Bytes[]): Promise<ModelFile> {
  const file = new ModelFile()
  for (const [index, bytes] of FIRST.entries()) file.add({ type: 'shard', index, bytes, decodedBytes: draft.bytes, rest: false })
  assert.equal(hash((await file.draft()).graph), draft.sha256)
  for (const [index, bytes] of rests.entries()) file.add({ type: 'shard', index: FIRST.length + index, bytes, decodedBytes: draft.bytes, rest: true })
  return file
}

test('a draft is a file of its own, and its rests make it the whole one', async () => {
  assert.equal(RESTS.length, 2)
  assert.equal(hash((await (await drafted(RESTS)).complete()).graph), draft.whole)
  assert.equal(hash((await (await drafted(RESTS.toReversed())).complete()).graph), draft.whole)
})

test('rests that come before the draft wait for it', async () => {
  const file = new ModelFile()
  for (const bytes of RESTS) file.add({ type: 'shard', index: 9, bytes, decodedBytes: draft.bytes, rest: true })
  for (const [index, bytes] of FIRST.entries()) file.add({ type: 'shard', index, bytes, decodedBytes: draft.bytes, rest: false })
  assert.equal(hash((await file.complete()).graph), draft.whole)
})

test('damaged rests end in a sentence', async () => {
  const [first, second] = RESTS as [Bytes, Bytes]
  await assert.rejects((await drafted([first, first])).complete(), refused(/overlap/))
  const cases: [(header: string) => string, RegExp][] = [
    [(header) => header.replace('"divisor":7', '"divisor":9'), /has no table|where it should|too early|left over/],
    [(header) => header.replace(/"divisor":\d+/, '"divisor":-1'), /out of its range/],
    [(header) => header.replace(/"contexts":\[\d+/, '"contexts":[99'), /out of its range/],
    [(header) => header.replace(/"tables":\[\d+/, '"tables":[200'), /out of its range/],
    [(header) => header.replace(/"lanes":\d+/, '"lanes":0'), /another length/],
    [(header) => header.replace('"rest"', '"grid"'), /no known kind/],
    [(header) => header.replace(/"at":\d+/, `"at":${draft.bytes}`), /beyond the file|ends/],
    [(header) => header.replace(/"columns":\d+/, '"columns":0'), /empty/],
  ]
  for (const [edit, why] of cases) await assert.rejects((await drafted([withHeader(first, edit), second])).complete(), refused(why), String(edit))
})

test('rests in the place of the first delivery are refused', async () => {
  await assert.rejects(decoded(RESTS, draft.bytes), refused(/no known kind/))
})
