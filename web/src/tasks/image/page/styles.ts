/** The layout of the picture interface: the picture on one side, the answer on the other. */
import { css } from 'lit'

export const imageStyles = css`
  :host { display: block; container-type: inline-size; }
  .stage { --height: clamp(15rem, 40cqi, 20rem); display: grid; grid-template-columns: minmax(0, 1fr); overflow: hidden; }
  .stage:not(.idle) .examples { padding-block-start: 1rem; }
  .idle .answer { order: 1; min-block-size: 6rem; }
  @container (min-width: 46rem) {
    .stage { grid-template: 'source answer' auto 'examples answer' 1fr / minmax(0, 1.25fr) minmax(0, 1fr); min-block-size: 26rem; }
    .source { grid-area: source; }
    .answer { grid-area: answer; border-inline-start: 1px solid var(--line); border-block: 0 !important; }
    .stage.stage .examples { grid-area: examples; padding-block-start: 0; }
  }
  .labels { margin-block-end: 1.25rem; }
  .labels textarea { font: inherit; }
  .stage.pictured { grid-template: 'answer' auto 'source' auto 'examples' auto / minmax(0, 1fr); min-block-size: 0; }
  .stage.pictured .source { grid-area: source; padding: 0.5rem 1.5rem 1.5rem; }
  .stage.pictured .answer { grid-area: answer; border: 0 !important; padding-block-end: 0.5rem; }
  .stage.stage.pictured .examples { grid-area: examples; padding-block-start: 0; padding-inline: 1.5rem; }
  .source { padding: 1rem; display: grid; gap: 1rem; align-content: start; grid-template-columns: minmax(0, 1fr); }
  .zone {
    border: 1.5px dashed var(--line-strong); border-radius: var(--radius-small); background: var(--sunken); min-block-size: calc(var(--height) + 3.75rem); padding: 1.5rem 1rem;
    display: grid; justify-items: center; align-content: center; gap: 0.25rem; text-align: center; transition: border-color 0.15s, background-color 0.15s;
  }
  .zone > .icon { inline-size: 2.5rem; block-size: 2.5rem; stroke-width: 1.2; color: var(--accent); margin-block-end: 0.5rem; }
  .zone .lead { font-size: 1.125rem; font-weight: 650; letter-spacing: -0.01em; }
  .zone .row { justify-content: center; margin-block-start: 1.25rem; }
  .over .zone, .over .preview { border-color: var(--accent); background: var(--accent-soft); }
  .drawing { display: grid; gap: 1rem; justify-items: center; text-align: center; padding-block: 0.5rem; }
  .drawing > edgeweb-pad { inline-size: 100%; }
  .drawing > .row { justify-content: center; margin-block-start: -0.5rem; }
  /* On a narrow screen what is read stands right under the pad. */
  @container (max-width: 45.9rem) { .drawn .drawing > :not(edgeweb-pad) { display: none; } }
  .over .drawing { outline: 1.5px dashed var(--accent); outline-offset: 0.25rem; border-radius: var(--radius-small); }
  .preview {
    position: relative; border: 1.5px solid transparent; border-radius: var(--radius-small); background: var(--sunken); overflow: hidden;
    block-size: var(--height); display: grid; place-items: center; transition: border-color 0.15s;
  }
  .preview img { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; object-fit: contain; }
  .preview img.tiny { image-rendering: pixelated; padding: 10%; }
  .preview > .icon { inline-size: 2.5rem; block-size: 2.5rem; stroke-width: 1.2; color: var(--muted); }
  .tools { gap: 0.375rem; }
  .tools .button { padding-inline: 0.8125rem; gap: 0.375rem; }
  @container (max-width: 25rem) { .tools .button { font-size: 0.875rem; padding-inline: 0.625rem; } }
  .examples { display: grid; gap: 0.625rem; padding: 0 1rem 1rem; align-content: start; }
  .thumbs { display: flex; flex-wrap: wrap; gap: 0.625rem; }
  .thumb { padding: 0; border: 1px solid var(--line); border-radius: var(--radius-small); overflow: hidden; inline-size: 4.25rem; block-size: 4.25rem; background: var(--sunken); cursor: pointer; transition: border-color 0.15s, transform 0.15s; }
  .thumb:hover { border-color: var(--accent); transform: translateY(-1px); }
  .thumb img { display: block; inline-size: 100%; block-size: 100%; object-fit: cover; }
  .thumb img:not([src]) { visibility: hidden; }
  .thumb:disabled { opacity: 0.55; cursor: default; transform: none; }
  .answer { padding: 1.5rem; border-block: 1px solid var(--line); display: grid; align-content: start; min-inline-size: 0; min-block-size: 15rem; }
  .answer h2 { color: var(--muted); font-size: 0.8125rem; font-weight: 600; margin-block-end: 0.5rem; }
  .answer .empty { color: var(--muted); }
  .answer .more { justify-self: start; margin-block-start: 0.5rem; margin-inline-start: -0.75rem; }
  .answer .file { margin-block-end: 0.25rem; }
  .wait { display: flex; align-items: center; gap: 0.625rem; color: var(--muted); }
  .wait::before {
    content: ''; inline-size: 1.125rem; block-size: 1.125rem; border: 2px solid var(--line); border-block-start-color: var(--accent);
    border-radius: 50%; animation: turn 0.9s linear infinite; flex: none;
  }
  @keyframes turn { to { transform: rotate(1turn); } }
  .list { margin-block-start: 1.25rem; padding: 1rem 1.25rem 1.25rem; display: grid; gap: 0.875rem; }
  .list progress { inline-size: 100%; block-size: 4px; border: 0; border-radius: 2px; overflow: hidden; background: var(--sunken); accent-color: var(--accent); appearance: none; }
  .list progress::-webkit-progress-bar { background: var(--sunken); }
  .list progress::-webkit-progress-value { background: var(--accent); }
  .list progress::-moz-progress-bar { background: var(--accent); }
  .list ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 0.25rem 1rem; max-block-size: 30rem; overflow-y: auto; }
  .item {
    display: grid; grid-template-columns: 3rem minmax(0, 1fr); gap: 0.125rem 0.75rem; align-items: center; inline-size: 100%; min-block-size: 3.75rem; text-align: start;
    padding: 0.375rem; border: 1px solid transparent; border-radius: var(--radius-small); background: none; color: inherit; font: inherit; cursor: pointer;
  }
  .item:hover { background: var(--sunken); }
  .item[aria-pressed='true'] { background: var(--accent-soft); border-color: color-mix(in srgb, var(--accent) 35%, transparent); }
  .item img, .item .blank { inline-size: 3rem; block-size: 3rem; object-fit: cover; border-radius: 6px; background: var(--sunken); display: grid; place-items: center; }
  .item b { font-weight: 600; }
  .item b, .item small { display: block; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
  .item small { color: var(--muted); font-size: 0.8125rem; }
  .item .bad { color: var(--danger); }
  .values { display: grid; gap: 1.125rem; margin: 0; grid-template-columns: repeat(auto-fill, minmax(min(100%, 9rem), 1fr)); }
  .values div { display: grid; gap: 0.125rem; align-content: start; min-inline-size: 0; }
  .values dt { color: var(--muted); font-size: 0.9375rem; overflow: hidden; text-overflow: ellipsis; }
  .values dd { margin: 0; font-size: clamp(1.5rem, 1.1rem + 1.6cqi, 2.125rem); font-weight: 680; letter-spacing: -0.02em; line-height: 1.15; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
  .values.many { grid-template-columns: minmax(0, 1fr); gap: 0; max-block-size: 26rem; overflow-y: auto; scrollbar-width: thin; }
  .values.many div { grid-template-columns: minmax(0, 1fr) auto; gap: 1rem; align-items: baseline; padding-block: 0.375rem; border-block-end: 1px solid var(--line); }
  .values.many dd { font-size: 1rem; font-weight: 600; letter-spacing: 0; }
  .words { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 0.75rem; }
  .numbers { font-family: var(--mono); font-size: 0.875rem; line-height: 1.7; white-space: pre-wrap; overflow-wrap: anywhere; overflow: auto; max-block-size: 16rem; margin: 0; }
`
