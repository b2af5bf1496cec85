/** The layout of the sound interface: where a sound comes from above, what was heard in it below. */
import { css } from 'lit'

export const audioStyles = css`
  :host { display: grid; gap: 1rem; container-type: inline-size; grid-template-columns: minmax(0, 1fr); }
  .part { padding: 1.25rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
  .zone {
    border: 1.5px dashed var(--line-strong); border-radius: var(--radius-small); background: var(--sunken); min-block-size: 9rem; padding: 1.25rem 1rem;
    display: grid; justify-items: center; align-content: center; gap: 0.625rem; text-align: center; overflow-wrap: anywhere;
  }
  .zone > .icon { inline-size: 1.75rem; block-size: 1.75rem; color: var(--muted); }
  .zone .lead { font-weight: 600; }
  .over .zone { border-color: var(--accent); background: var(--accent-soft); }
  .zone .row { justify-content: center; }
  .given { display: grid; gap: 0.75rem; }
  audio { inline-size: 100%; display: block; }
  .listening { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; min-block-size: 2.75rem; }
  .dot { inline-size: 0.75rem; block-size: 0.75rem; border-radius: 50%; background: var(--danger); flex: none; animation: pulse 1.6s ease-in-out infinite; }
  @keyframes pulse { 50% { opacity: 0.35; } }
  .answer { min-block-size: 16rem; align-content: start; }
  .answer > h2 { color: var(--muted); font-size: 0.8125rem; font-weight: 600; }
  .told { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
  @container (min-width: 46rem) { .told.two { grid-template-columns: minmax(15rem, 1fr) minmax(0, 2fr); gap: 2rem; } }
  .limit { display: grid; grid-template-columns: auto minmax(6rem, 20rem) 3.5rem; gap: 0.25rem 0.875rem; align-items: center; justify-content: start; }
  .limit label { font-size: 0.875rem; font-weight: 550; }
  .limit output { font-variant-numeric: tabular-nums; font-size: 0.875rem; }
  .limit p { grid-column: 1 / -1; }
  input[type='range'] { appearance: auto; padding: 0; min-block-size: 2.75rem; accent-color: var(--accent); border: 0; background: none; }
  textarea { font: inherit; }
  .speed { font-variant-numeric: tabular-nums; }
  .thumbs { display: flex; flex-wrap: wrap; gap: 0.625rem; }
  .examples { display: grid; gap: 0.5rem; }
  .wait { color: var(--muted); }
  .heard { padding: 0.25rem 1.5rem; }
  .heard p { margin: 0 0 0.75rem; overflow-wrap: anywhere; }
  .heard summary { cursor: pointer; min-block-size: 2.75rem; display: flex; align-items: center; gap: 0.375rem; list-style: none; font-weight: 550; }
  .heard summary::-webkit-details-marker { display: none; }
  .heard[open] .chevron { transform: rotate(180deg); }
`
