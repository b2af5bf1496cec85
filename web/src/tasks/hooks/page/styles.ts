/** The layout for sites with their own Python: what goes in on one side, what comes out on the other. */
import { css } from 'lit'

export const hookStyles = css`
  :host { display: grid; gap: 1rem; container-type: inline-size; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); align-items: start; }
  .part { padding: 1.25rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
  .zone {
    border: 1.5px dashed var(--line-strong); border-radius: var(--radius-small); background: var(--sunken); min-block-size: 14rem; padding: 1.5rem 1rem;
    display: grid; justify-items: center; align-content: center; gap: 0.75rem; text-align: center; overflow-wrap: anywhere;
  }
  .over .zone { border-color: var(--accent); background: var(--accent-soft); }
  .zone img { max-inline-size: 100%; max-block-size: 16rem; object-fit: contain; border-radius: var(--radius-small); }
  .zone audio { inline-size: 100%; }
  .run { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem; }
  .answer { min-block-size: 10rem; align-content: start; }
  .json, .trace { font-family: var(--mono); font-size: 0.875rem; white-space: pre-wrap; overflow-wrap: anywhere; overflow: auto; max-block-size: 32rem; margin: 0; }
  .words { font-size: 1.125rem; white-space: pre-wrap; overflow-wrap: anywhere; }
  .words.text { max-block-size: 24rem; overflow-y: auto; }
  .run > p { flex: 1 1 8rem; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
  .examples { display: grid; gap: 0.625rem; }
  .thumbs { display: flex; flex-wrap: wrap; gap: 0.625rem; }
  .thumb { padding: 0; border: 1px solid var(--line); border-radius: var(--radius-small); overflow: hidden; inline-size: 4.25rem; block-size: 4.25rem; background: var(--sunken); cursor: pointer; }
  .thumb:hover { border-color: var(--accent); }
  .thumb:disabled { opacity: 0.55; cursor: default; }
  .thumb img { display: block; inline-size: 100%; block-size: 100%; object-fit: cover; }
  .thumb img:not([src]) { visibility: hidden; }
  summary { cursor: pointer; padding-block: 0.375rem; }
`
