/** What lists of found things share: how a score reads, and how the list looks. */
import { css } from 'lit'
import type { Box, Point } from '../../../shared/api.js'
import type { Scoring } from '../claims.js'
import { fixed, percent, value } from '../format.js'

/** A share of one as a percentage, where scores are probabilities; any other score as it is. */
export function figure(score: number, scoring: Scoring): string {
  if (scoring === 'figures' && Math.abs(score) < 1000) return fixed(score, 2)
  return score >= 0 && score <= 1 ? percent(score) : value(score)
}

/** Pairs of points, by their numbers, that a line joins. */
export type Skeleton = readonly (readonly number[])[]

/** A point that the model is less sure of is not shown. */
export const UNSURE = 0.2

/** The lines between points of which the model is sure. */
export function bones(points: readonly Point[], skeleton: Skeleton): [from: Point, to: Point][] {
  return skeleton.flatMap(([a = -1, b = -1]) => {
    const [from, to] = [points[a], points[b]]
    return from && to && from.score >= UNSURE && to.score >= UNSURE ? [[from, to] as [Point, Point]] : []
  })
}

/** The box whose sides are level around a rotated one: labels stand at it. */
export function upright(box: Box): Box {
  if (box.angle === undefined) return box
  const [cos, sin] = [Math.abs(Math.cos(box.angle)), Math.abs(Math.sin(box.angle))]
  const [width, height] = [box.width * cos + box.height * sin, box.width * sin + box.height * cos]
  return { ...box, x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height }
}

/** A picture with something over it: as wide as its place, but no higher than a screen; `--ratio` is its width by its height. */
export const sceneStyles = css`
  .scene { direction: ltr; position: relative; justify-self: center; inline-size: min(100%, 32rem * var(--ratio, 1.5)); aspect-ratio: var(--ratio, 1.5); border-radius: var(--radius-small); overflow: hidden; background: var(--sunken); }
  .scene img, .scene canvas { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; }
  .tiny { image-rendering: pixelated; }
`

export const foundStyles = css`
  :host { display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); }
  summary { cursor: pointer; padding-block: 0.375rem; font-size: 0.9375rem; }
  /* The rows' words stand under what is above them. */
  .found { margin-inline: -0.6875rem; display: grid; gap: 0.125rem; max-block-size: 24rem; overflow-y: auto; scrollbar-width: thin; }
  .item {
    display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 1rem; align-items: baseline; inline-size: 100%; min-block-size: 2.75rem; padding: 0.5rem 0.625rem; text-align: start;
    border: 1px solid transparent; border-radius: var(--radius-small); background: none; color: inherit; font: inherit; font-size: 0.9375rem; cursor: pointer;
  }
  .item:hover { background: var(--sunken); }
  .item:focus-visible { outline-offset: -2px; }
  .item[aria-pressed='true'] { background: var(--accent-soft); border-color: color-mix(in srgb, var(--accent) 35%, transparent); }
  .item .figure { color: var(--muted); font-variant-numeric: tabular-nums; font-size: 0.875rem; }
`
