/** How a picture comes to the size that a model takes, to the pixel as the image processors of transformers do it: builder/edgeweb/tasks/image/fit.py. */
import type { Fit } from '../../../shared/manifest.gen.js'

interface Sides { width: number; height: number }

/** `resized`: at last, of the picture; `size`: of what the model gets, its `bars` left out, in which the first pixel of that lies at `left`, `top`. */
export interface Frame {
  resized: Sides
  /** Where it is resized twice, the size in between. */
  first?: Sides
  size: Sides
  left: number
  top: number
  /** Zeros around it, which are put there after the arithmetic. */
  bars: { top: number; left: number; bottom: number; right: number }
}

const NONE = { top: 0, left: 0, bottom: 0, right: 0 }

export function frame(fit: Fit, picture: Sides): Frame {
  const first = resizedTo(fit, picture)
  const resized = fit.again == null ? first : smaller(first, fit.again)
  return { ...framed(fit, resized), ...(resized.width === first.width && resized.height === first.height ? {} : { first }) }
}

/** As the processors of Donut and Nougat make a thumbnail. */
function smaller({ width, height }: Sides, [most = 1, widest = 1]: readonly number[]): Sides {
  const [high, wide] = [Math.min(height, most), Math.min(width, widest)]
  if ((high === height && wide === width) || height === width) return { width: wide, height: high }
  return height > width ? { width: Math.max(1, Math.floor((width * high) / height)), height: high } : { width: wide, height: Math.max(1, Math.floor((height * wide) / width)) }
}

function framed(fit: Fit, resized: Sides): Frame {
  const at = { resized, left: 0, top: 0, bars: NONE }
  if (fit.crop != null) {
    const [height = 1, width = 1] = fit.crop
    return { ...at, size: { width, height }, left: -Math.floor((resized.width - width) / 2), top: -Math.floor((resized.height - height) / 2) }
  }
  const cell = fit.padMultiple ?? 1
  if (fit.pad === 'mirror') return { ...at, size: { width: (Math.floor(resized.width / cell) + 1) * cell, height: (Math.floor(resized.height / cell) + 1) * cell } }
  if (fit.pad !== 'zeros' && fit.pad !== 'black') return { ...at, size: resized }
  const more = (side: number, to: number | undefined): number => Math.max(0, (to ?? Math.ceil(side / cell) * cell) - side)
  const [down, across] = [more(resized.height, fit.padTo?.[0]), more(resized.width, fit.padTo?.[1])]
  const [top, left] = fit.centred === true ? [Math.floor(down / 2), Math.floor(across / 2)] : [0, 0]
  if (fit.pad === 'black') return { ...at, size: { width: resized.width + across, height: resized.height + down }, left, top }
  return { ...at, size: resized, bars: { top, left, bottom: down - top, right: across - left } }
}

function resizedTo(fit: Fit, picture: Sides): Sides {
  const { width, height } = scaled(fit, picture)
  const cell = fit.multiple ?? 1
  const whole = (side: number): number => Math.max(1, Math.trunc(cell > 1 ? ROUND[fit.rounding ?? 'near'](side / cell) * cell : side))
  return { width: whole(width), height: whole(height) }
}

/** As Python rounds: halves to the even one. */
export const even = (value: number): number => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value))
const ROUND = { down: Math.floor, up: Math.ceil, near: even } as const

function scaled(fit: Fit, picture: Sides): Sides {
  const [height, width] = [fit.height ?? 1, fit.width ?? 1]
  switch (fit.rule) {
    case 'own': return picture
    case 'exact':
    case 'around': return { width, height }
    case 'inside': {
      const scale = Math.min(height / picture.height, width / picture.width)
      return { width: Math.trunc(picture.width * scale), height: Math.trunc(picture.height * scale) }
    }
    case 'near': {
      const [down, across] = [height / picture.height, width / picture.width]
      const scale = Math.abs(1 - across) < Math.abs(1 - down) ? across : down
      const last = (fit.multiple ?? 1) > 1 ? (side: number): number => side : even
      return { width: last(scale * picture.width), height: last(scale * picture.height) }
    }
    case 'shortest': return shortest(fit, picture)
    case 'longest': {
      const scale = height / Math.max(picture.width, picture.height)
      return { width: Math.trunc(picture.width * scale + 0.5), height: Math.trunc(picture.height * scale + 0.5) }
    }
    case 'queries': return queried(fit, picture)
  }
}

/** As Torchvision's Resize of one number. */
function shortest({ height, longest }: Fit, picture: Sides): Sides {
  const [short, long] = [Math.min(picture.width, picture.height), Math.max(picture.width, picture.height)]
  let low = height ?? 1
  let high = Math.trunc((low * long) / short)
  if (longest != null && high > longest) [low, high] = [Math.trunc((longest * low) / high), longest]
  return picture.width <= picture.height ? { width: low, height: high } : { width: high, height: low }
}

/** As the processors of DETR and its kin. */
function queried({ height, longest }: Fit, picture: Sides): Sides {
  const [low, high] = [Math.min(picture.width, picture.height), Math.max(picture.width, picture.height)]
  let size = height ?? 1
  let raw = size
  if (longest != null && (high / low) * size > longest) {
    raw = (longest * low) / high
    size = even(raw)
  }
  if (low === size) return picture
  return picture.width < picture.height ? { width: size, height: Math.trunc((raw * picture.height) / picture.width) } : { width: Math.trunc((raw * picture.width) / picture.height), height: size }
}

/** For each of `count` pixels along a side the one of `side` that it shows, or -1: black. */
export function places(count: number, side: number, start: number, mirrored: boolean): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => {
    const at = i - start
    if (!mirrored) return at >= 0 && at < side ? at : -1
    const turn = at % (2 * side)
    return Math.min(turn, 2 * side - 1 - turn)
  })
}
