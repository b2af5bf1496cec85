/** The kinds in the worker: each has its graphs in the order that the builder counts them in, and leaves others' inputs to others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Manifest } from '../../src/shared/manifest.gen.js'
import type { Given, Runs } from '../../src/worker/reader.js'
import { readers } from '../../src/worker/readers.gen.js'
import { site } from './sites.js'

const around = { preprocess: 'before', postprocess: 'after' }
const unused: Runs = { infer: () => assert.fail(), hold: () => assert.fail(), small: () => assert.fail(), read: () => assert.fail(), spent: 0 }
const opened = (manifest: Manifest): ReturnType<(typeof readers)[number]>[] => readers.map((open) => open(manifest, unused, undefined))

test('the graphs before the model come first', () => {
  for (const [kind, graphs] of [['image', ['before', 'after']], ['audio', ['before', 'after']], ['series', ['before', 'after']], ['text', ['after']]] as const) {
    const manifest = { ...site([]), [kind]: around } as unknown as Manifest
    assert.deepEqual(opened(manifest).flatMap((reader) => reader.graphs ?? []).filter((graph) => graph != null), graphs)
  }
})

test('an input has one reader, which refuses it where the model takes none such', async () => {
  const given = [
    { kind: 'text', text: 'a' }, { kind: 'row', row: {} }, { kind: 'rows', values: new Float32Array(1) },
    { kind: 'sound', samples: new Float32Array(1), rate: null }, { kind: 'image', image: {} as ImageData },
  ] satisfies Given[]
  for (const payload of given) {
    const answers = await Promise.allSettled(opened(site([])).map(async (reader) => reader.predict?.(payload, {} as never) ?? reader.feeds?.(payload)))
    assert.equal(answers.filter((answer) => answer.status === 'rejected' && /^This model does not take/.test(String((answer.reason as Error).message))).length, 1, payload.kind)
    assert.equal(answers.filter((answer) => answer.status === 'fulfilled' && answer.value !== undefined).length, 0, payload.kind)
  }
})
