/** Where the labels of boxes stand over a picture, so that none covers another. */
import type { Box } from '../../../shared/api.js'

/** In shares of the picture: at its box's upper edge or, where another is there already, at its lower one; `hidden`: at neither. */
export interface Place { x: number; y: number; end: boolean; low: boolean; inside: boolean; hidden: boolean }

interface Area { left: number; top: number; right: number; bottom: number }

/** As the style sheet has them, in pixels: a label's height, its widest, its padding, and about what a letter takes. */
const [TALL, WIDEST, PADDING, LETTER] = [19, 192, 14, 6.8]
/** Where a box's middle is further to the right, its label ends with it. */
const RIGHT = 0.66

const within = (share: number, most = 1): number => Math.min(most, Math.max(0, share))
const apart = (one: Area, other: Area): boolean => one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top

/**
 * The labels' places, those of the surest boxes first.
 *
 * @param texts what the labels say.
 * @param across how many pixels of the screen the picture is wide.
 */
export function placed(boxes: readonly Box[], texts: readonly string[], { width, height }: { width: number; height: number }, across: number): Place[] {
  const tall = (TALL * width) / (height * across)
  const taken: Area[] = []
  return boxes.map((box, i) => {
    const wide = Math.min(WIDEST, PADDING + LETTER * (texts[i]?.length ?? 0)) / across
    const end = (box.x + box.width / 2) / width > RIGHT
    const x = end ? within((box.x + box.width) / width) : within(box.x / width, Math.max(0, 1 - wide))
    const left = end ? x - wide : x
    const at = (low: boolean): [Place, Area] => {
      const y = within((low ? box.y + box.height : box.y) / height)
      const inside = !low && y < tall
      const top = inside ? y : y - tall
      return [{ x, y, end, low, inside, hidden: false }, { left, top, right: left + wide, bottom: top + tall }]
    }
    const found = [at(false), at(true)].find(([, area]) => taken.every((other) => apart(area, other)))
    if (!found) return { ...at(false)[0], hidden: true }
    taken.push(found[1])
    return found[0]
  })
}
