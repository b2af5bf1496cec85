/** The layout of a conversation. */
import { css } from 'lit'

export const chatStyles = css`
  :host { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); container-type: inline-size; }
  .talk { display: grid; grid-template-rows: minmax(16rem, auto) auto; overflow: hidden; }
  .log { padding: clamp(1rem, 4cqi, 1.5rem); display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; align-content: start; max-block-size: 34rem; overflow-y: auto; scrollbar-width: thin; }
  .log > .muted { place-self: center; text-align: center; max-inline-size: 28rem; padding-block: 4rem; }
  .turn { display: grid; grid-template-columns: minmax(0, auto); justify-content: start; gap: 0.25rem; max-inline-size: min(46rem, 100%); }
  .turn .who { color: var(--muted); font-size: 0.8125rem; font-weight: 600; }
  .turn .said { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.75rem 1rem; border-radius: var(--radius); background: var(--sunken); font-size: 1.0625rem; line-height: 1.55; min-block-size: 3.1rem; }
  .turn.mine { justify-self: end; justify-items: end; justify-content: end; padding-inline-start: 8%; }
  .turn.mine .said { background: var(--accent-soft); }
  .turn .given { color: var(--muted); }
  .turn .writing::after { content: ''; display: inline-block; inline-size: 0.5em; block-size: 1.05em; margin-inline-start: 0.1em; vertical-align: -0.15em; background: var(--accent); border-radius: 1px; animation: blink 1s steps(2) infinite; }
  @keyframes blink { 50% { opacity: 0; } }
  .turn .acts { min-block-size: 1.5rem; }
  .turn .facts { color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; min-block-size: 1.5rem; }
  .turn .formatted { white-space: normal; }
  .turn .writing .marked-up > :last-child { display: inline-block; }
  .marked-up { display: contents; }
  .marked-up > * + *, .marked-up li > * + * { margin-block-start: 0.6em; }
  .marked-up .heading { font-weight: 650; }
  .marked-up ul, .marked-up ol { padding-inline-start: 1.5em; list-style: revert; }
  .marked-up pre, .marked-up .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); max-inline-size: 100%; }
  .marked-up pre { padding: 0.75rem 1rem; white-space: pre; font-size: 0.9375rem; }
  .marked-up code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.92em; }
  .marked-up :not(pre) > code { background: var(--surface); border-radius: 4px; padding: 0.1em 0.3em; }
  .marked-up blockquote { border-inline-start: 3px solid var(--line-strong); padding-inline-start: 0.9em; color: var(--muted); margin-inline: 0; }
  .marked-up table { border-collapse: collapse; }
  .marked-up th, .marked-up td { padding: 0.3rem 0.7rem; text-align: start; border-block-end: 1px solid var(--line); }
  .marked-up a { color: var(--accent); }
  .keeps { display: inline-flex; align-items: center; gap: 0.5rem; min-block-size: 2.75rem; font-size: 0.9375rem; color: var(--muted); }
  .wide { grid-column: 1 / -1; }
  .note { color: var(--muted); }
  form { border-block-start: 1px solid var(--line); padding: 1rem 1.5rem 1.25rem; display: grid; gap: 0.75rem; }
  textarea { font-family: inherit; font-size: 1.0625rem; min-block-size: 3.5rem; max-block-size: 14rem; field-sizing: content; }
  details { padding: 0.25rem 1.5rem; }
  summary { cursor: pointer; min-block-size: 2.75rem; display: flex; align-items: center; gap: 0.375rem; list-style: none; font-weight: 550; }
  summary::-webkit-details-marker { display: none; }
  details[open] .chevron { transform: rotate(180deg); }
  .grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); padding-block: 0.5rem 1.25rem; }
  .chips { display: flex; flex-wrap: wrap; gap: 0.5rem; }
`
