/** The layout of the interface for what is written about a text, beside that of all texts. */
import { css } from 'lit'

export const writingStyles = css`
  .pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 11rem), 1fr)); }
  .written { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 1.125rem; line-height: 1.6; min-block-size: 1.6em; max-block-size: 28rem; overflow-y: auto; }
  .writing::after { content: ''; display: inline-block; inline-size: 0.5em; block-size: 1.05em; margin-inline-start: 0.1em; vertical-align: -0.15em; background: var(--accent); border-radius: 1px; animation: blink 1s steps(2) infinite; }
  @keyframes blink { 50% { opacity: 0; } }
  @media (prefers-reduced-motion: reduce) { .writing::after { animation: none; } }
  .facts { color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; min-block-size: 2rem; }
  .how { padding: 0.25rem 1.5rem; }
  .how summary { cursor: pointer; min-block-size: 2.75rem; display: flex; align-items: center; gap: 0.375rem; list-style: none; font-weight: 550; }
  .how summary::-webkit-details-marker { display: none; }
  .how[open] .chevron { transform: rotate(180deg); }
  .grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); padding-block: 0.5rem 1.25rem; }
`
