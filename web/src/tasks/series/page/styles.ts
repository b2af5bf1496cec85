/** The layout of the interface for measurements: rows on one side, the chart on the other. */
import { css } from 'lit'

export const seriesStyles = css`
  :host { display: grid; gap: 1rem; container-type: inline-size; grid-template-columns: minmax(0, 1fr); align-items: start; }
  @container (min-width: 52rem) { :host { grid-template-columns: minmax(0, 1fr); } }
  .part { padding: 1.25rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
  form.over { border-color: var(--accent); background: var(--accent-soft); }
  textarea { white-space: pre; }
  summary { cursor: pointer; padding-block: 0.375rem; font-size: 0.9375rem; }
  .how { overflow-wrap: anywhere; }
  .thumbs { display: flex; flex-wrap: wrap; gap: 0.625rem; }
  .examples { display: grid; gap: 0.5rem; }
  .answer { min-block-size: 18rem; align-content: start; }
  .head { display: flex; flex-wrap: wrap; gap: 0.75rem 2rem; justify-content: space-between; align-items: end; }
  .head h2 { color: var(--muted); font-size: 0.8125rem; font-weight: 600; align-self: start; }
  .limit { inline-size: min(100%, 18rem); }
  .limit label span { font-weight: 400; }
  .headline { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; align-items: center; min-block-size: 1.75rem; }
  .headline strong { font-size: clamp(1.25rem, 1rem + 1.2cqi, 1.75rem); font-weight: 680; letter-spacing: -0.02em; line-height: 1.2; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
  .headline span { display: inline-flex; gap: 0.375rem; align-items: center; font-weight: 550; }
  .headline .alarmed { color: var(--danger); }
  .dot { display: inline-block; inline-size: 0.625rem; block-size: 0.625rem; border-radius: 50%; background: var(--accent); margin-inline-end: 0.5rem; }
  .alarms { display: grid; gap: 0.25rem; max-block-size: 12rem; overflow-y: auto; scrollbar-width: thin; }
  .alarms li { display: flex; justify-content: space-between; gap: 1rem; border-block-end: 1px solid var(--line); padding-block: 0.25rem; font-size: 0.9375rem; }
`
