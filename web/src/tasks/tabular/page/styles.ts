/** The layout of the table interface: one row as a form, many rows as a file. */
import { css } from 'lit'

export const tabularStyles = css`
  :host { display: grid; gap: 1.25rem; container-type: inline-size; grid-template-columns: minmax(0, 1fr); }
  .one { display: grid; }
  @container (min-width: 46rem) {
    .one { grid-template-columns: minmax(0, 1.7fr) minmax(16rem, 1fr); min-block-size: 20rem; }
    .answer { border-inline-start: 1px solid var(--line); border-block-start: 0 !important; }
    .answer > .stay { position: sticky; inset-block-start: 1.5rem; align-self: start; }
  }
  form { padding: 1.5rem; display: grid; gap: 1.5rem; align-content: start; min-inline-size: 0; }
  .grid { display: grid; gap: 1.125rem 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); align-items: start; }
  .grid.dense { grid-template-columns: repeat(auto-fill, minmax(min(100%, 8.5rem), 1fr)); gap: 0.875rem; }
  input.what-if[type='range'] { appearance: auto; inline-size: 100%; min-block-size: 1.75rem; margin: 0; padding: 0; border: 0; background: none; accent-color: var(--accent); }
  @media (pointer: coarse) { input.what-if[type='range'] { min-block-size: 2.75rem; } }
  input.what-if.idle { opacity: 0.5; }
  textarea.words { font-family: inherit; font-size: 1rem; min-block-size: 2.75rem; max-block-size: 12rem; field-sizing: content; resize: vertical; }
  .how { margin-block-start: 1.25rem; }
  .tick { display: flex; align-items: center; gap: 0.625rem; min-block-size: 2.75rem; }
  .answer { padding: 1.5rem; border-block-start: 1px solid var(--line); display: grid; align-content: start; min-inline-size: 0; min-block-size: 12rem; }
  .answer > .stay { min-inline-size: 0; display: grid; }
  .answer h2 { color: var(--muted); font-size: 0.8125rem; font-weight: 600; margin-block-end: 0.5rem; }
  .answer .more { justify-self: start; margin-block-start: 0.5rem; margin-inline-start: -0.75rem; }
  .many { padding: 1.5rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
  .many.over { border-color: var(--accent); background: var(--accent-soft); }
  .head { display: grid; gap: 0.25rem; }
  .many textarea { white-space: pre; }
  .results { display: grid; gap: 0.875rem; grid-template-columns: minmax(0, 1fr); }
  .results .scroll { max-block-size: 28rem; }
  .results td.is, .results th.is { background: var(--accent-soft); font-weight: 600; }
  .results td { max-inline-size: 14rem; }
  .faults { display: grid; gap: 0.25rem; max-block-size: 12rem; overflow-y: auto; }
  .wait { color: var(--muted); }
  .link { color: var(--accent); text-decoration: underline; text-underline-offset: 0.2em; }
`
