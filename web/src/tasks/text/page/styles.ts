/** The layout of the interface for texts: what is asked on one side, the answer beside it. */
import { css } from 'lit'

export const textStyles = css`
  :host { display: grid; gap: 1.25rem; container-type: inline-size; grid-template-columns: minmax(0, 1fr); }
  .both { display: grid; grid-template-columns: minmax(0, 1fr); align-items: stretch; }
  @container (min-width: 46rem) {
    .both { grid-template-columns: minmax(0, 1.2fr) minmax(18rem, 1fr); min-block-size: 22rem; }
    .answer { border-inline-start: 1px solid var(--line); border-block-start: 0 !important; }
  }
  .ask, .answer { padding: 1.5rem; display: grid; gap: 1rem; align-content: start; min-inline-size: 0; grid-template-columns: minmax(0, 1fr); }
  .answer { border-block-start: 1px solid var(--line); min-block-size: 12rem; }
  .answer h2 { color: var(--muted); font-size: 0.8125rem; font-weight: 600; }
  .answer .more { justify-self: start; margin-inline-start: -0.75rem; }
  textarea.prose { font-family: inherit; font-size: 1.0625rem; line-height: 1.5; min-block-size: 9rem; field-sizing: content; max-block-size: 24rem; }
  textarea.prose.low { min-block-size: 6rem; }
  .keys { color: var(--muted); font-size: 0.8125rem; }
  @media (pointer: coarse) { .keys { display: none; } }
  .examples { display: grid; gap: 0.5rem; }
  .chips { display: flex; flex-wrap: wrap; gap: 0.5rem; }
  .chips .chip { max-inline-size: 100%; text-align: start; }
  .chips .chip span { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
  .fills { display: grid; gap: 0.875rem; }
  .fill { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.25rem 1rem; align-items: baseline; overflow-wrap: anywhere; }
  .fill b { color: var(--accent); font-weight: 650; }
  .fill .figure { color: var(--muted); font-variant-numeric: tabular-nums; font-size: 0.9375rem; }
  .fill i, .bar i { grid-column: 1 / -1; }
  .fill i { block-size: 6px; border-radius: 3px; background: var(--sunken); overflow: hidden; }
  .fill i::after { content: ''; display: block; block-size: 100%; border-radius: 3px; background: var(--line-strong); inline-size: max(calc(var(--share, 0) * 100%), 3px); }
  .fill:first-child i::after { background: var(--accent); }
  .marked { font-size: 1.125rem; line-height: 2.1; white-space: pre-wrap; overflow-wrap: anywhere; max-block-size: 28rem; overflow-y: auto; }
  .marked mark { color: inherit; background: oklch(0.92 0.06 var(--hue)); border-block-end: 2px solid oklch(0.6 0.15 var(--hue)); border-radius: 4px 4px 0 0; padding: 0.1em 0.25em; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
  .marked .tag { font-size: 0.6875rem; font-weight: 650; letter-spacing: 0.02em; margin-inline-start: 0.35em; color: oklch(0.4 0.12 var(--hue)); white-space: nowrap; }
  .legend { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; font-size: 0.875rem; }
  .legend li { display: flex; align-items: center; gap: 0.5rem; }
  .legend i { inline-size: 0.875rem; block-size: 0.875rem; border-radius: 4px; background: oklch(0.92 0.06 var(--hue)); border: 2px solid oklch(0.6 0.15 var(--hue)); }
  @media (prefers-color-scheme: dark) {
    .marked mark, .legend i { background: oklch(0.34 0.07 var(--hue)); border-color: oklch(0.7 0.13 var(--hue)); }
    .marked .tag { color: oklch(0.86 0.08 var(--hue)); }
  }
  .marked mark.best { outline: 2px solid var(--accent); outline-offset: 1px; }
  .marked.long { max-block-size: 20rem; overflow-y: auto; }
  .answer h3 { color: var(--muted); font-size: 0.8125rem; font-weight: 600; }
  .best-answer { font-size: 1.25rem; font-weight: 650; overflow-wrap: anywhere; }
  .best-answer .figure { color: var(--muted); font-size: 0.9375rem; font-weight: 400; font-variant-numeric: tabular-nums; margin-inline-start: 0.5rem; }
  .check { display: flex; align-items: center; gap: 0.5rem; min-block-size: 2.75rem; cursor: pointer; }
  .many { padding: 1.5rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
  .many.over { border-color: var(--accent); background: var(--accent-soft); }
  .many .scroll { max-block-size: 24rem; }
  .many td.is { font-weight: 600; background: var(--accent-soft); white-space: nowrap; }
`
