/** What lies around a box in a picture, brought to the model's size: as builder/edgeweb/tasks/image/warp.py does it, to the byte. */

export interface Area { x: number; y: number; width: number; height: number }
interface Sides { width: number; height: number }

/** So much more than the box is seen of it; sizes are kept in these many pixels. */
const [MORE, UNIT] = [1.25, 200]
const single = Math.fround

/** What is seen: around the middle of the box, in the proportions of `to`. */
export function around(box: Area, to: Sides): Area {
  const { middle: [cx, cy], seen: [width, height] } = seenOf(box, to)
  return { x: cx - width / 2, y: cy - height / 2, width, height }
}

/** RGBA of `to`: linear between four pixels, and black beyond the picture. @param read gives a part of the picture, RGBA. */
export function warped(picture: Sides, box: Area, to: Sides, read: (left: number, top: number, width: number, height: number) => Uint8ClampedArray): Uint8Array {
  const { steps, middle, seen } = seenOf(box, to)
  const [xs, ys] = [places(to.width, picture.width, steps[0], middle[0], seen[0]), places(to.height, picture.height, steps[1], middle[1], seen[1])]
  const into = new Uint8Array(4 * to.width * to.height)
  for (let i = 3; i < into.length; i += 4) into[i] = 255
  if (xs.first > xs.last || ys.first > ys.last) return into
  const [wide, high] = [xs.last - xs.first + 1, ys.last - ys.first + 1]
  const bytes = read(xs.first, ys.first, wide, high)
  for (let y = 0; y < to.height; y++) {
    const down = ys.at[y] as number
    if (down < 0) continue
    const [top, lower] = [Math.floor(down), down % 1]
    const [above, below] = [(top - ys.first) * wide, (Math.min(top + 1, ys.last) - ys.first) * wide]
    for (let x = 0; x < to.width; x++) {
      const across = xs.at[x] as number
      if (across < 0) continue
      const [from, share] = [Math.floor(across), across % 1]
      const [left, right] = [from - xs.first, Math.min(from + 1, xs.last) - xs.first]
      for (let k = 0; k < 3; k++) {
        const of = (row: number, column: number): number => bytes[4 * (row + column) + k] as number
        const first = of(above, left) * (1 - lower) + of(below, left) * lower
        const second = of(above, right) * (1 - lower) + of(below, right) * lower
        into[4 * (y * to.width + x) + k] = Math.floor(first * (1 - share) + second * share + 0.5)
      }
    }
  }
  return into
}

/** Where in the picture each of `count` pixels lies, or -1: beyond it; and the first and the last pixel that is needed. */
function places(count: number, side: number, scale: number, middle: number, seen: number): { at: Float64Array; first: number; last: number } {
  // In single precision, as there.
  const step = single(scale)
  const start = single(scale * single(-middle + seen / 2))
  const found = { at: new Float64Array(count).fill(-1), first: side, last: -1 }
  for (let i = 0; i < count; i++) {
    const at = i * (1 / step) - start / step
    if (at < 0 || at > side - 1) continue
    found.at[i] = at
    found.first = Math.min(found.first, Math.floor(at))
    found.last = Math.max(found.last, Math.min(side - 1, Math.floor(at) + 1))
  }
  return found
}

/** Of x and of y: how many of the model's pixels one of the picture is, the middle, and how much is seen. */
function seenOf({ x, y, width: w, height: h }: Area, to: Sides): { steps: [number, number]; middle: [number, number]; seen: [number, number] } {
  const share = to.width / to.height
  const [width, height] = w > share * h ? [w, w / share] : w < share * h ? [h * share, h] : [w, h]
  const seen = [width, height].map((side) => single(single(single(side / UNIT) * MORE) * UNIT)) as [number, number]
  return { steps: [(to.width - 1) / seen[0], (to.height - 1) / seen[1]], middle: [single(x + w * 0.5), single(y + h * 0.5)], seen }
}
