/** How the results of one kind of picture model are shown, said and written down. */
import type { TemplateResult } from 'lit'
import type { Manifest, Result } from '../../../shared/api.js'
import type { Session } from '../../../page/ui/session.js'
import type { Skeleton } from '../../../page/ui/results/scene.js'
import type { draw } from './live.js'
import type { Picture } from './picture.js'

/** What a result may be shown with: the pictures that the visitor gave, of which this is one, and the gallery's, by their ids. */
export interface Around {
  /** Which points of a box a line joins. */
  skeleton: Skeleton
  manifest: Manifest
  picture?: Picture | undefined
  items: readonly Picture[]
  thumbnails: ReadonlyMap<string, string>
}

export interface View {
  /** Whether the result shows the picture itself, so that no preview is needed beside it. */
  pictured(result: Result): boolean
  shown(result: Result, url: string, all: boolean, toggle: () => void, around: Around): TemplateResult
  /** Whether the visitor points at what is wanted in the picture. */
  points?: true
  /** Whether the visitor says what may be in the picture. */
  labels?: true
  /** Whether the visitor asks something about the picture. */
  asks?: true
  /** What the visitor may draw the picture on. */
  pad?: (manifest: Manifest, session: Session) => TemplateResult
  /** In one breath. */
  said(result: Result, manifest: Manifest): string
  columns: readonly string[]
  rows(result: Result): (string | number)[][]
  /** Draws it over a camera's picture; without, what is `shown` stands below. */
  draw?: typeof draw
}
