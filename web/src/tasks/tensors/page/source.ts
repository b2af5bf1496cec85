/** Where an input's values come from, and the tensor made of them when the model runs. */
import type { TensorLike } from '../../../shared/api.js'
import { makeInput, uniform } from '../../../shared/golden.js'
import type { GoldenInput } from '../../../shared/manifest.gen.js'
import { elementCount } from '../../../shared/tensors.js'
import { decodeText, parseCsv } from '../../../page/ui/csv.js'
import { shape } from '../../../page/ui/format.js'
import { readNpy } from './npy.js'
import { InputError } from '../../../page/ui/session.js'
import { tensors as t } from '../../../page/ui/strings.gen.js'
import { plain } from '../../../page/ui/plain.js'
import { adopt, type Info, type Sizes } from './dims.js'
import { makeData, parseValues } from './parse.js'
import { layoutOf, pixelValues } from './picture.js'

/** More elements than this in one input would not fit into the memory of a browser tab. */
const MOST = 2 ** 28
/** Up to this many values are shown as text, to be edited. */
const EDITABLE = 64

export type Source =
  | { kind: 'text'; text: string }
  | { kind: 'fill'; fill: 'zeros' | 'ones' | 'random'; seed: number }
  | { kind: 'sample'; golden: GoldenInput }
  | { kind: 'tensor'; tensor: TensorLike; label: string }
  | { kind: 'picture'; pixels: ImageData; unit: boolean; label: string }

/** What the form says of values that are not shown as text. */
export function describe(source: Source): string {
  if (source.kind === 'fill') return source.fill === 'random' ? t.randomSeed(source.seed) : t[source.fill].toLowerCase()
  if (source.kind === 'sample') return t.sampleLabel
  return source.kind === 'text' ? '' : plain(source.label, 80)
}

/** With a point in every language, and six digits: commas stand between numbers, and these are read again. */
const short = (found: number | bigint): string => (typeof found === 'number' && Number.isFinite(found) ? String(Number(found.toPrecision(6))) : String(found))

const textOf = ({ type, data }: TensorLike, written: (found: number | bigint) => string): string => {
  if (type === 'string') return data.length === 1 ? String(data[0]) : JSON.stringify(data)
  if (type === 'bool') return Array.from(data as Uint8Array, Boolean).join(', ')
  return Array.from(data as ArrayLike<number | bigint>, written).join(', ')
}

/** The source as editable text where it is short; half precision stays as it is, its raw bits say nothing. */
export function editable(source: Source, info: Info, dims: readonly number[]): Source {
  if (source.kind === 'text' || info.type === 'float16' || elementCount(dims) > EDITABLE) return source
  const { type, data } = build(info, dims, source)
  return { kind: 'text', text: textOf({ type, data, dims }, short) }
}

function wrongCount(info: Info, found: number, needed: number): InputError {
  return new InputError(t.wrongCount(plain(info.name, 60), needed, found), t.fixHint)
}

/** Random integers and truth values are whole, below the second number. */
const randomSpan = (type: Info['type']): [boolean, number] => (type.startsWith('float') ? [false, 1] : [true, type === 'bool' ? 2 : 10])

function dataOf(info: Info, count: number, source: Source): TensorLike['data'] {
  if (source.kind === 'text') return parseValues(source.text, info.type, count)
  if (source.kind === 'sample') return makeInput(source.golden).data
  if (source.kind === 'tensor') return source.tensor.data
  if (source.kind === 'picture') {
    const layout = layoutOf(info)
    if (!layout) throw new InputError(t.notImage, t.fixHint)
    return pixelValues(source.pixels, info, layout, source.unit)
  }
  const constant = source.fill === 'ones' ? 1 : 0
  if (source.fill !== 'random') return makeData(info.type, count, () => constant)
  const [whole, span] = randomSpan(info.type)
  return makeData(info.type, count, (i) => (whole ? Math.floor(span * uniform(source.seed, i)) : uniform(source.seed, i)))
}

/**
 * The tensor to feed.
 *
 * @throws InputError when a value does not fit the type or their number does not fit the shape.
 */
export function build(info: Info, dims: readonly number[], source: Source): TensorLike {
  const count = elementCount(dims)
  if (count > MOST) throw new InputError(t.tooLarge(count), t.tooLargeHint)
  const data = dataOf(info, count, source)
  if (data.length !== count) throw wrongCount(info, data.length, count)
  return { type: info.type, dims: [...dims], data }
}

/** Numbers are converted to the input's type; anything else must be of that type already. */
function convert(tensor: TensorLike, info: Info): TensorLike {
  if (tensor.type === info.type) return tensor
  if (info.type === 'string') return { ...tensor, type: 'string', data: Array.from(tensor.data as ArrayLike<unknown>, String) }
  return { ...tensor, type: info.type, data: parseValues(textOf(tensor, String), info.type, tensor.data.length) }
}

function readCsv(text: string, info: Info): TensorLike {
  const rows = parseCsv(text)
  const width = rows[0]?.cells.length ?? 0
  const cells = rows.flatMap((row) => row.cells)
  const data = info.type === 'string' ? cells : parseValues(cells.join('\n'), info.type, cells.length)
  const dims = rows.every((row) => row.cells.length === width) ? [rows.length, width] : [cells.length]
  return { type: info.type, dims, data }
}

/** A file's values, and the sizes that come with them. A shape that differs is taken when the count is right. */
export async function readFile(file: File, info: Info, sizes: Sizes, current: readonly number[]): Promise<[Source, Sizes]> {
  const buffer = await file.arrayBuffer()
  const csv = /\.(csv|tsv|txt)$/i.test(file.name)
  const tensor = convert(csv ? readCsv(decodeText(buffer), info) : readNpy(buffer), info)
  const adopted = adopt(info, tensor.dims, sizes)
  if (!adopted && tensor.data.length !== elementCount(current)) {
    throw new InputError(t.wrongShape(shape(tensor.dims), plain(info.name, 60), shape(info.shape)), t.fixHint)
  }
  return [{ kind: 'tensor', tensor, label: file.name }, adopted ?? sizes]
}
