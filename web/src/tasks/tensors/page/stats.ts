/** What can be said of a tensor at a glance: its range and mean, and its first two-dimensional slice. */
import type { TensorLike } from '../../../shared/api.js'
import { numberAt } from '../../../shared/tensors.js'

export interface Stats {
  min: number
  max: number
  mean: number
  nan: number
  infinite: number
}

/** Over the finite elements; null when there are none. */
export function statsOf({ data, type }: TensorLike): Stats | null {
  if (type === 'string') return null
  const stats: Stats = { min: Infinity, max: -Infinity, mean: 0, nan: 0, infinite: 0 }
  let sum = 0
  for (let i = 0; i < data.length; i += 1) {
    const value = numberAt(data, i, type)
    if (Number.isNaN(value)) stats.nan += 1
    else if (!Number.isFinite(value)) stats.infinite += 1
    else {
      if (value < stats.min) stats.min = value
      if (value > stats.max) stats.max = value
      sum += value
    }
  }
  const finite = data.length - stats.nan - stats.infinite
  return data.length === 0 ? null : { ...stats, mean: finite ? sum / finite : NaN }
}

/** An element as it should be read: exact integers, decoded half precision, truth values, texts. */
export function element(tensor: TensorLike, index: number): number | bigint | string {
  const found = tensor.data[index]
  if (tensor.type === 'bool') return found ? 'true' : 'false'
  return typeof found === 'bigint' || typeof found === 'string' ? found : numberAt(tensor.data, index, tensor.type)
}

/** Rows and columns of the first slice: the last two axes, or one row. */
export function sliceOf(dims: readonly number[]): { rows: number; columns: number } {
  return { rows: dims.length < 2 ? 1 : dims.at(-2) ?? 1, columns: dims.length === 0 ? 1 : dims.at(-1) ?? 1 }
}

/** Nested as the shape says; NaN and infinities are texts, for JSON has no such numbers. */
export function toJson(tensor: TensorLike): string {
  const item = (index: number): string => {
    const found = element(tensor, index)
    if (typeof found === 'bigint' || tensor.type === 'bool') return String(found)
    return typeof found === 'number' && Number.isFinite(found) ? String(found) : JSON.stringify(String(found))
  }
  let next = 0
  const nest = (axis: number): string => {
    if (axis === tensor.dims.length) return item(next++)
    return `[${Array.from({ length: tensor.dims[axis] ?? 0 }, () => nest(axis + 1)).join(', ')}]`
  }
  return nest(0)
}
