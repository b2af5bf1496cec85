/** How the results of one kind of picture model are shown, said and written down. */
import type { TemplateResult } from 'lit'
import type { Result } from '../../../shared/api.js'
import type { draw } from './live.js'

export interface View {
  /** Whether the result shows the picture itself, so that no preview is needed beside it. */
  pictured: boolean
  shown(result: Result, url: string, all: boolean, toggle: () => void): TemplateResult
  /** In one breath. */
  said(result: Result): string
  columns: readonly string[]
  rows(result: Result): (string | number)[][]
  /** Draws it over a camera's picture; without, what is `shown` stands below. */
  draw?: typeof draw
}
