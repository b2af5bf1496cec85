/** Draws what was found in a camera's picture over it: no elements are made, so that the page's own work stays small. */
import type { Box, Result } from '../../../shared/api.js'
import type { Scoring } from '../../../page/ui/claims.js'
import { bones, figure, UNSURE, type Skeleton } from '../../../page/ui/results/scene.js'
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
  if (result.task === 'image') spread(context, scratch, result.image)
}

/** Of the canvas, in the units that are drawn in. */
function sides(context: CanvasRenderingContext2D): { width: number; height: number } {
  const { a } = context.getTransform()
  return { width: context.canvas.width / a, height: context.canvas.height / a }
}

/** Over the whole picture, or over its middle where the model sees only that. */
function spread(context: CanvasRenderingContext2D, scratch: HTMLCanvasElement, image: ImageData): void {
  const { width, height } = sides(context)
  scratch.width = image.width
  scratch.height = image.height
  scratch.getContext('2d')?.putImageData(image, 0, 0)
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
      context.strokeRect(box.x, box.y, box.width, box.height)
    }
    const text = `${plain(box.label, 60)} ${figure(box.score, scoring)}`
    const [width, height] = [context.measureText(text).width + 10 * unit, 20 * unit]
    const top = box.y < height ? box.y : box.y - height
    context.fillStyle = accent
    context.fillRect(box.x, top, width, height)
    context.fillStyle = onAccent
    context.fillText(text, box.x + 5 * unit, top + height / 2)
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

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.strokeStyle = '#fff'
  context.lineWidth = radius / 2
  context.fill()
  context.stroke()
}
