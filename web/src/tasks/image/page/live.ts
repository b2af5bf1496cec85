/** Draws what was found in a camera's picture over it: no elements are made, so that the page's own work stays small. */
import type { Box, Result } from '../../../shared/api.js'
import type { Scoring } from '../../../page/ui/claims.js'
import { bones, figure, upright, UNSURE, type Skeleton } from '../../../page/ui/results/scene.js'
import { hidden, tinted } from '../../../page/ui/results/mask.js'
import { plain } from '../../../page/ui/plain.js'

/** As on the boxes of a single picture. */
const TAGGED = 60
const OPACITY = 150

export interface Colours { accent: string; onAccent: string; font: string }

/** `scratch` holds pixels that are stretched over the picture; it is used again for the next one. */
export function draw(context: CanvasRenderingContext2D, scratch: HTMLCanvasElement, result: Result, colours: Colours, skeleton: Skeleton, scoring: Scoring): void {
  const { width, height } = sides(context)
  context.clearRect(0, 0, width, height)
  if (result.task === 'detection') return boxes(context, result.boxes, colours, skeleton, scoring)
  if (result.task === 'segmentation') return spread(context, scratch, tinted(result, hidden(result.labels), OPACITY))
  if (result.task === 'image' || result.task === 'depth') spread(context, scratch, result.image, result.task === 'depth')
}

/** Of the canvas, in the units that are drawn in. */
function sides(context: CanvasRenderingContext2D): { width: number; height: number } {
  const { a } = context.getTransform()
  return { width: context.canvas.width / a, height: context.canvas.height / a }
}

/** Over the whole picture, or over its middle where the model sees only that; `whole`: whatever its own proportions are. */
function spread(context: CanvasRenderingContext2D, scratch: HTMLCanvasElement, image: ImageData, whole = false): void {
  const { width, height } = sides(context)
  scratch.width = image.width
  scratch.height = image.height
  scratch.getContext('2d')?.putImageData(image, 0, 0)
  if (whole) return context.drawImage(scratch, 0, 0, width, height)
  const scale = Math.min(width / image.width, height / image.height)
  const [w, h] = [image.width * scale, image.height * scale]
  context.drawImage(scratch, (width - w) / 2, (height - h) / 2, w, h)
}

function boxes(context: CanvasRenderingContext2D, found: readonly Box[], { accent, onAccent, font }: Colours, skeleton: Skeleton, scoring: Scoring): void {
  const unit = Math.max(...Object.values(sides(context))) / 640
  context.font = `600 ${13 * unit}px ${font}`
  context.textBaseline = 'middle'
  for (const box of found.slice(0, TAGGED)) {
    // A place that is no more than a point has no edges.
    if (box.points?.length !== 1) for (const [style, line] of [['rgb(255 255 255 / 0.8)', 4], [accent, 2]] as const) {
      context.strokeStyle = style
      context.lineWidth = line * unit
      outlined(context, box)
    }
    const text = `${box.label && plain(box.label, 60)} ${figure(box.score, scoring)}`.trim()
    const [width, height] = [context.measureText(text).width + 10 * unit, 20 * unit]
    const at = upright(box)
    const top = at.y < height ? at.y : at.y - height
    context.fillStyle = accent
    context.fillRect(at.x, top, width, height)
    context.fillStyle = onAccent
    context.fillText(text, at.x + 5 * unit, top + height / 2)
    context.strokeStyle = accent
    context.lineWidth = 3 * unit
    for (const [from, to] of bones(box.points ?? [], skeleton)) {
      context.beginPath()
      context.moveTo(from.x, from.y)
      context.lineTo(to.x, to.y)
      context.stroke()
    }
    for (const { x, y, score } of box.points ?? []) if (score >= UNSURE) dot(context, x, y, 3 * unit, accent)
  }
}

/** A box, turned around its centre where it has an angle. */
function outlined(context: CanvasRenderingContext2D, { x, y, width, height, angle }: Box): void {
  if (angle === undefined) return context.strokeRect(x, y, width, height)
  context.save()
  context.translate(x + width / 2, y + height / 2)
  context.rotate(angle)
  context.strokeRect(-width / 2, -height / 2, width, height)
  context.restore()
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.strokeStyle = '#fff'
  context.lineWidth = radius / 2
  context.fill()
  context.stroke()
}
