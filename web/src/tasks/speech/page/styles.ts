/** The layout of the interface for models that speak: the text on one side, its sound beside it. */
import { css } from 'lit'

export const speechStyles = css`
  :host { display: grid; gap: 1.25rem; container-type: inline-size; grid-template-columns: minmax(0, 1fr); }
  .both { display: grid; grid-template-columns: minmax(0, 1fr); align-items: stretch; }
  @container (min-width: 46rem) {
    .both { grid-template-columns: minmax(0, 1fr) minmax(18rem, 1fr); min-block-size: 20rem; }
    .answer { border-inline-start: 1px solid var(--line); border-block-start: 0 !important; }
  }
  .ask, .answer { padding: 1.5rem; display: grid; gap: 1rem; align-content: start; min-inline-size: 0; grid-template-columns: minmax(0, 1fr); }
  .answer { border-block-start: 1px solid var(--line); min-block-size: 12rem; }
  .answer h2 { color: var(--muted); font-size: 0.8125rem; font-weight: 600; }
  textarea { font-family: inherit; font-size: 1.0625rem; line-height: 1.5; min-block-size: 9rem; field-sizing: content; max-block-size: 24rem; }
  .keys { color: var(--muted); font-size: 0.8125rem; }
  @media (pointer: coarse) { .keys { display: none; } }
  .examples { display: grid; gap: 0.5rem; }
  .chips { display: flex; flex-wrap: wrap; gap: 0.5rem; }
  .chips .chip { max-inline-size: 100%; text-align: start; }
  .chips .chip span { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
`
