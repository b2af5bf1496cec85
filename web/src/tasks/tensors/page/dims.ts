/** Open sizes of inputs: inputs that name the same size share it, unnamed ones stand alone. */
import type { Manifest } from '../../../shared/api.js'

export type Info = Manifest['inputs'][number]

/** What the visitor chose: sizes by key, and whole shapes (as typed) of inputs whose rank is unknown. */
export interface Sizes {
  axes: Readonly<Record<string, number>>
  shapes: Readonly<Record<string, string>>
}

/** The key under which an open axis' size is kept, or null for a fixed one. */
export function keyOf(info: Info, axis: number): string | null {
  const dim = info.shape?.[axis]
  if (typeof dim === 'number') return null
  return typeof dim === 'string' ? `name:${dim}` : `axis:${info.name}:${axis}`
}

export interface FreeAxis {
  axis: number
  key: string
  label: string | null
}

/** The open axes of an input, each key once. */
export function freeAxes(info: Info): FreeAxis[] {
  const found = new Map<string, FreeAxis>()
  for (const [axis, dim] of (info.shape ?? []).entries()) {
    const key = keyOf(info, axis)
    if (key && !found.has(key)) found.set(key, { axis, key, label: typeof dim === 'string' ? dim : null })
  }
  return [...found.values()]
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** "2, 3" or "[2, 3]" as sizes; null when it is not a list of whole numbers. */
export function parseShape(text: string): number[] | null {
  const parts = text.replace(/[[\]()]/g, ' ').split(/[\s,x×]+/).filter(Boolean).map(Number)
  return parts.every(isSize) ? parts : null
}

/** The shape that the input will have, or null while a size is not valid. */
export function resolve(info: Info, sizes: Sizes): number[] | null {
  if (info.shape === null) return parseShape(sizes.shapes[info.name] ?? '1')
  const dims = info.shape.map((dim, axis) => (typeof dim === 'number' ? dim : sizes.axes[keyOf(info, axis) ?? ''] ?? 1))
  return dims.every(isSize) ? dims : null
}

/** `sizes` with the open ones of `info` taken from an actual shape; null when that shape cannot be the input's. */
export function adopt(info: Info, dims: readonly number[], sizes: Sizes): Sizes | null {
  if (info.shape === null) return { ...sizes, shapes: { ...sizes.shapes, [info.name]: dims.join(', ') } }
  if (info.shape.length !== dims.length) return null
  const axes: Record<string, number> = { ...sizes.axes }
  const mine = new Map<string, number>()
  for (const [axis, dim] of info.shape.entries()) {
    const size = dims[axis] ?? 0
    const key = keyOf(info, axis)
    if (key === null ? dim !== size : (mine.get(key) ?? size) !== size) return null
    if (key !== null) {
      mine.set(key, size)
      axes[key] = size
    }
  }
  return { ...sizes, axes }
}
