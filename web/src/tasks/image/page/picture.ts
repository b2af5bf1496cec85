/** One of the pictures that the visitor gave, and what became of it. */
import type { Result } from '../../../shared/api.js'
import type { Failure } from '../../../page/ui/session.js'

/** Where the visitor has pointed, in the picture's own pixels; `label` 0: at what is not wanted. */
export interface PointAt { x: number; y: number; label: 0 | 1 }

export interface Picture {
  name: string
  /** What the model sees: the file itself, or an example's image element, which needs no further request. */
  source: Blob | HTMLImageElement
  /** For the preview; an object URL when `owned`. */
  url: string
  owned: boolean
  /** `stopped`: left out by the visitor; `open`: who gave it has not said yet what is asked about it. */
  state: 'open' | 'waiting' | 'running' | 'done' | 'failed' | 'stopped'
  /** The browser cannot show it. */
  broken: boolean
  result: Result | null
  /** The picture that the model made, as a file: as pixels those of many would fill the memory. */
  made?: Blob
  /** Of a large picture, which is worked on in parts. */
  part?: { done: number; of: number }
  failure: Failure | null
  points?: PointAt[]
}
