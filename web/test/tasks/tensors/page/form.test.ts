/** The form for any model: typed values, open sizes, and what is said of an output. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adopt, parseShape, resolve, type Info } from '../../../../src/tasks/tensors/page/dims.js'
import { countValues, makeData, parseValues } from '../../../../src/tasks/tensors/page/parse.js'
import { layoutOf } from '../../../../src/tasks/tensors/page/picture.js'
import { soundAxis, soundTensor } from '../../../../src/tasks/tensors/page/sound.js'
import { writeNpy } from '../../../../src/tasks/tensors/page/npy.js'
import { build, editable, readFile } from '../../../../src/tasks/tensors/page/source.js'
import { statsOf, toJson } from '../../../../src/tasks/tensors/page/stats.js'

const NONE = { axes: {}, shapes: {} }
const info = (type: Info['type'], shape: Info['shape'], name = 'x'): Info => ({ name, type, shape })

test('lists, JSON and any separators are read alike', () => {
  for (const text of ['1, 2, 3', '1 2\n3', '[[1, 2], [3]]', '1;2;3']) assert.deepEqual(parseValues(text, 'float32', 3), new Float32Array([1, 2, 3]))
  assert.equal(countValues('[1, 2', 'float32', 3), 2)
})

test('special numbers, big integers, truth values and texts', () => {
  assert.deepEqual(parseValues('NaN, -inf, Infinity', 'float64', 3), new Float64Array([NaN, -Infinity, Infinity]))
  assert.deepEqual(parseValues('9007199254740993', 'int64', 1), new BigInt64Array([9007199254740993n]))
  assert.deepEqual(parseValues('18446744073709551615', 'uint64', 1), new BigUint64Array([2n ** 64n - 1n]))
  assert.deepEqual(parseValues('true False 1', 'bool', 3), new Uint8Array([1, 0, 1]))
  assert.deepEqual(parseValues('a\nb c\n', 'string', 2), ['a', 'b c'])
  assert.deepEqual(parseValues('["a", ["b"]]', 'string', 2), ['a', 'b'])
  assert.deepEqual(parseValues('[not json\nat all', 'string', 1), ['[not json\nat all'])
  assert.deepEqual(parseValues('1.5', 'float16', 1), new Uint16Array([0x3e00]))
})

test('a value that does not fit its type is named', () => {
  assert.throws(() => parseValues('1, x', 'float32', 2), /“x”/)
  assert.throws(() => parseValues('300', 'uint8', 1), /“300”/)
  assert.throws(() => parseValues('1.5', 'int32', 1), /“1\.5”/)
  assert.throws(() => parseValues('maybe', 'bool', 1), /“maybe”/)
  assert.throws(() => parseValues('{"a": 1}, 2', 'int64', 1), /int64/)
})

test('inputs that name the same size share it', () => {
  const sizes = adopt(info('float32', ['batch', 3]), [4, 3], NONE)
  assert.ok(sizes)
  assert.deepEqual(resolve(info('int64', ['batch', 'batch'], 'y'), sizes), [4, 4])
  assert.deepEqual(resolve(info('int64', [null], 'y'), sizes), [1])
  assert.equal(adopt(info('float32', ['n', 'n']), [2, 3], NONE), null)
  assert.equal(adopt(info('float32', [1, 2]), [2, 2], NONE), null)
  assert.equal(resolve(info('float32', ['n']), { axes: { 'name:n': 1.5 }, shapes: {} }), null)
  assert.deepEqual(resolve(info('float32', null), { axes: {}, shapes: { x: '[2, 3]' } }), [2, 3])
  assert.equal(parseShape('2, -1'), null)
})

test('picture-like shapes are recognised, others are not', () => {
  assert.deepEqual(layoutOf(info('float32', [1, 3, 'h', 'w'])), { channels: 3, channelAxis: 1, heightAxis: 2, widthAxis: 3 })
  assert.deepEqual(layoutOf(info('uint8', [null, 224, 224, 3])), { channels: 3, channelAxis: 3, heightAxis: 1, widthAxis: 2 })
  assert.equal(layoutOf(info('float32', [2, 'batch', 128])), null)
  assert.equal(layoutOf(info('float32', [1, 512])), null)
})

test('a tensor is made of text or of a fill, and counted', () => {
  assert.deepEqual(build(info('int32', [2]), [2], { kind: 'text', text: '1 2' }), { type: 'int32', dims: [2], data: new Int32Array([1, 2]) })
  assert.deepEqual(build(info('bool', [2]), [2], { kind: 'fill', fill: 'ones', seed: 0 }).data, new Uint8Array([1, 1]))
  assert.throws(() => build(info('int32', [2]), [2], { kind: 'text', text: '1' }), /needs 2 values; it has 1/)
  assert.throws(() => build(info('int8', null), [2 ** 20, 2 ** 20], { kind: 'fill', fill: 'zeros', seed: 0 }), /too many/)
  const random = build(info('float32', [3]), [3], { kind: 'fill', fill: 'random', seed: 5 })
  assert.deepEqual(random, build(info('float32', [3]), [3], { kind: 'fill', fill: 'random', seed: 5 }))
  assert.equal(makeData('int64', 1, () => 2.9)[0], 2n)
})

test('range and mean leave out what is not finite; JSON nests and keeps big integers', () => {
  const stats = statsOf({ type: 'float32', dims: [4], data: new Float32Array([1, 3, NaN, Infinity]) })
  assert.deepEqual(stats, { min: 1, max: 3, mean: 2, nan: 1, infinite: 1 })
  assert.equal(statsOf({ type: 'string', dims: [1], data: ['x'] }), null)
  assert.equal(toJson({ type: 'int64', dims: [2, 1], data: new BigInt64Array([9007199254740993n, -1n]) }), '[[9007199254740993], [-1]]')
  assert.equal(toJson({ type: 'float32', dims: [2], data: new Float32Array([NaN, 0.5]) }), '["NaN", 0.5]')
  assert.equal(toJson({ type: 'string', dims: [], data: ['"'] }), '"\\""')
})

test('a sound fills an input that is called so and takes one long row', () => {
  const info = (name: string, shape: (number | string | null)[] | null, type: Info['type'] = 'float32'): Info => ({ name, type, shape })
  assert.equal(soundAxis(info('input_values', ['batch', 'sequence'])), 1)
  assert.equal(soundAxis(info('waveform', [1, 1, 16000])), 2)
  assert.equal(soundAxis(info('audio', [null])), 0)
  for (const other of [info('x', [1, 16000]), info('audio', [1, 999]), info('audio', [2, 16000]), info('audio', [1, 80, 3000]), info('audio', ['n', 't'], 'int16'), info('audio', null)]) {
    assert.equal(soundAxis(other), null, JSON.stringify(other))
  }
  const sound = { samples: Float32Array.of(0.5, -0.5, 0.25), rate: 8000 }
  assert.deepEqual(soundTensor(sound, info('audio', ['n', 't']), 1), { type: 'float32', dims: [1, 3], data: sound.samples })
  assert.deepEqual(soundTensor(sound, info('audio', [2], 'float64'), 0), { type: 'float64', dims: [2], data: Float64Array.of(0.5, -0.5) })
  assert.deepEqual(soundTensor(sound, info('audio', [1, 4]), 1).data, Float32Array.of(0.5, -0.5, 0.25, 0))
})

test('a file of another type keeps every digit, and what is shown of it is read again', async () => {
  const info: Info = { name: 'x', type: 'float32', shape: [3] }
  const exact = Float64Array.of(16777.217, 1e-7, -0.1)
  const file = new File([writeNpy({ type: 'float64', dims: [3], data: exact })], 'x.npy')
  const [source] = await readFile(file, info, { axes: {}, shapes: {} }, [3])
  assert.deepEqual(build(info, [3], source).data, Float32Array.from(exact))
  const shown = editable(source, info, [3])
  assert.deepEqual(shown, { kind: 'text', text: '16777.2, 1e-7, -0.1' })
  assert.equal(build(info, [3], shown).data.length, 3)
})
