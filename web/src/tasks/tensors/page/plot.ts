/** A tensor drawn on a canvas: a picture where it is one, a heat map of its first slice, or a line. */
import type { TensorLike } from '../../../shared/api.js'
import { numberAt } from '../../../shared/tensors.js'
import { sliceOf, type Stats } from './stats.js'

type Colour = readonly [number, number, number]
export type PlotKind = 'picture' | 'heat' | 'line'

const SIDE = 16
const LARGEST = 2048
const MAX_COLOURS = 4

/** Which axes hold red, green and blue, if any. */
function colourAxis(dims: readonly number[]): 'first' | 'last' | null {
  const [a = 0, b = 0, c = 0] = dims.slice(-3)
  if (dims.length < 3 || dims.slice(0, -3).some((dim) => dim !== 1)) return null
  if (a === 3 && b >= SIDE && c >= SIDE) return 'first'
  return c === 3 && a >= SIDE && b >= SIDE ? 'last' : null
}

/** How to draw this tensor, or null when a drawing would say nothing. */
export function plotKind({ type, dims, data }: TensorLike): PlotKind | null {
  if (type === 'string' || data.length < 3) return null
  if (colourAxis(dims)) return 'picture'
  const { rows, columns } = sliceOf(dims)
  if (rows > 1 && columns > 1) return rows <= LARGEST && columns <= LARGEST && columns > MAX_COLOURS ? 'heat' : null
  return Math.max(rows, columns) >= 3 ? 'line' : null
}

const clamp = (value: number): number => (value > 0 ? (value < 255 ? value : 255) : 0)

function context(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  canvas.width = width
  canvas.height = height
  return canvas.getContext('2d')
}

/** The range is guessed from the values: 0..255, 0..1, or stretched. */
function drawPicture(canvas: HTMLCanvasElement, { data, dims, type }: TensorLike, { min, max }: Stats): void {
  const planar = colourAxis(dims) === 'first'
  const [a = 0, b = 0, c = 0] = dims.slice(-3)
  const [height, width] = planar ? [b, c] : [a, b]
  const ctx = context(canvas, width, height)
  if (!ctx) return
  const [low, high] = max > 2 && min > -64 ? [0, 255] : min >= -0.2 && max <= 1.2 ? [0, 1] : [min, max]
  const scale = 255 / (high - low || 1)
  const image = ctx.createImageData(width, height)
  const area = width * height
  for (let p = 0; p < area; p += 1) {
    for (let k = 0; k < 3; k += 1) {
      image.data[p * 4 + k] = clamp((numberAt(data, planar ? k * area + p : p * 3 + k, type) - low) * scale)
    }
    image.data[p * 4 + 3] = 255
  }
  ctx.putImageData(image, 0, 0)
}

function drawHeat(canvas: HTMLCanvasElement, { data, dims, type }: TensorLike, { min, max }: Stats, from: Colour, to: Colour): void {
  const { rows, columns } = sliceOf(dims)
  const ctx = context(canvas, columns, rows)
  if (!ctx) return
  const image = ctx.createImageData(columns, rows)
  for (let p = 0; p < rows * columns; p += 1) {
    const share = Math.min(1, Math.max(0, (numberAt(data, p, type) - min) / (max - min || 1)))
    for (let k = 0; k < 3; k += 1) image.data[p * 4 + k] = (from[k] ?? 0) + ((to[k] ?? 0) - (from[k] ?? 0)) * share
    image.data[p * 4 + 3] = Number.isNaN(share) ? 0 : 255
  }
  ctx.putImageData(image, 0, 0)
}

/** One vertical stroke a pixel column from its least to its greatest value, so that no peak gets lost. */
function drawLine(canvas: HTMLCanvasElement, { data, dims, type }: TensorLike, { min, max }: Stats, colour: string): void {
  const [width, height] = [960, 200]
  const ctx = context(canvas, width, height)
  if (!ctx) return
  const { rows, columns } = sliceOf(dims)
  const count = Math.min(data.length, Math.max(rows, columns))
  const y = (value: number): number => 8 + (height - 16) * (1 - (value - min) / (max - min || 1))
  Object.assign(ctx, { strokeStyle: colour, lineWidth: 3, lineJoin: 'round', lineCap: 'round' })
  ctx.beginPath()
  const steps = Math.min(count, width)
  for (let s = 0; s < steps; s += 1) {
    const x = 4 + (width - 8) * (s / Math.max(1, steps - 1))
    const [begin, end] = [Math.floor(s * count / steps), Math.max(Math.floor(s * count / steps) + 1, Math.floor((s + 1) * count / steps))]
    for (let i = begin; i < end; i += 1) {
      const value = numberAt(data, i, type)
      if (Number.isFinite(value)) ctx.lineTo(x, y(value))
    }
  }
  ctx.stroke()
}

/** The colour that a CSS property of the canvas resolves to, as numbers. */
function colourOf(canvas: HTMLCanvasElement, property: string): Colour {
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  if (!probe) return [128, 128, 128]
  probe.fillStyle = getComputedStyle(canvas).getPropertyValue(property).trim()
  probe.fillRect(0, 0, 1, 1)
  const [r = 0, g = 0, b = 0] = probe.getImageData(0, 0, 1, 1).data
  return [r, g, b]
}

export function draw(canvas: HTMLCanvasElement, kind: PlotKind, tensor: TensorLike, stats: Stats): void {
  if (kind === 'picture') drawPicture(canvas, tensor, stats)
  else if (kind === 'heat') drawHeat(canvas, tensor, stats, colourOf(canvas, '--sunken'), colourOf(canvas, '--accent'))
  else drawLine(canvas, tensor, stats, `rgb(${colourOf(canvas, '--accent').join(' ')})`)
}
