/** The layout of the form for any model: a card an input, a card an output. */
import { css } from 'lit'

export const tensorStyles = css`
  :host { display: grid; gap: 1rem; container-type: inline-size; grid-template-columns: minmax(0, 1fr); }
  .block { padding: 1.25rem 1.5rem 1.5rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); min-inline-size: 0; }
  .title { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.125rem 0.75rem; min-inline-size: 0; }
  .title h3 { max-inline-size: 100%; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
  .title .mono { color: var(--muted); overflow-wrap: anywhere; }
  .sizes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 8rem), 1fr)); gap: 0.75rem; max-inline-size: 36rem; }
  .field > label.small { font-weight: 450; color: var(--muted); }
  .sizes label { color: var(--muted) !important; font-weight: 450 !important; }
  .filled {
    display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.75rem; min-block-size: 3.25rem; padding: 0.25rem 0.375rem 0.25rem 0.875rem;
    border: 1px solid var(--line); border-radius: var(--radius-small); background: var(--sunken); overflow-wrap: anywhere;
  }
  .block.over { outline: 2px solid var(--accent); outline-offset: -2px; background: var(--accent-soft); }
  .filled canvas { inline-size: 2.5rem; block-size: 2.5rem; object-fit: cover; border-radius: 6px; }
  .foot { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; justify-content: space-between; }
  .chips { display: flex; flex-wrap: wrap; gap: 0.375rem; align-items: center; }
  .chips select { inline-size: auto; min-block-size: 2.25rem; padding-block: 0.25rem; font-size: 0.875rem; border-radius: 999px; border-color: var(--line); }
  .count { color: var(--muted); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
  .count.full { color: var(--accent); }
  .heading { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; min-block-size: 2.75rem; }
  .run { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem; padding-block: 0.25rem; }
  .cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); align-items: start; }
  .stats { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
  .stats dt { display: inline; color: var(--muted); }
  .stats dd { display: inline; }
  .plot { display: block; inline-size: 100%; border-radius: var(--radius-small); background: var(--sunken); }
  .plot.line { block-size: 7rem; }
  .plot.heat, .plot.picture { block-size: auto; max-block-size: 22rem; object-fit: contain; image-rendering: pixelated; }
  .plot.heat.flat { block-size: 6rem; object-fit: fill; }
  .scroll { max-block-size: 16rem; }
  .scroll td, .scroll th { padding: 0.375rem 0.625rem; white-space: nowrap; }
  .scroll tbody th { color: var(--muted); font-weight: 450; position: sticky; inset-inline-start: 0; background: var(--surface); }
  .scroll td.text { white-space: pre-wrap; overflow-wrap: anywhere; min-inline-size: 9rem; max-inline-size: none; text-align: start; }
  .empty { color: var(--muted); padding: 1.5rem; }
`
