/** The visual language: colours and measures as custom properties, and the controls that every component shares. */
import { css } from 'lit'

/** Set once, on the outermost component; they reach the others by inheritance. `--edge-*` are for embedders. */
export const tokens = css`
  :host {
    color-scheme: light dark;
    --accent: var(--edge-accent, #0a6c5b);
    --on-accent: var(--edge-on-accent, #fff);
    --accent-soft: var(--edge-accent-soft, #e2f0ec);
    --surface: var(--edge-surface, #fff);
    --sunken: var(--edge-sunken, #f1f3f1);
    --text: var(--edge-text, #141a18);
    --muted: var(--edge-muted, #545f5b);
    --line: var(--edge-line, #dce1de);
    --line-strong: var(--edge-line-strong, #7f8b86);
    --danger: var(--edge-danger, #a3281c);
    --danger-soft: var(--edge-danger-soft, #fcedea);
    --radius: var(--edge-radius, 14px);
    --radius-small: calc(var(--radius) * 0.6);
    --shadow: 0 1px 2px rgb(20 26 24 / 5%), 0 8px 24px -12px rgb(20 26 24 / 12%);
    --font: var(--edge-font, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', Arial, sans-serif);
    --mono: ui-monospace, 'SF Mono', SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace;
  }
  @media (prefers-color-scheme: dark) {
    :host {
      --accent: var(--edge-accent, #62d0b6);
      --on-accent: var(--edge-on-accent, #04211b);
      --accent-soft: var(--edge-accent-soft, #15302a);
      --surface: var(--edge-surface, #161b1a);
      --sunken: var(--edge-sunken, #1f2524);
      --text: var(--edge-text, #e8edeb);
      --muted: var(--edge-muted, #9faaa6);
      --line: var(--edge-line, #2b3331);
      --line-strong: var(--edge-line-strong, #6d7a75);
      --danger: var(--edge-danger, #ff9d90);
      --danger-soft: var(--edge-danger-soft, #341b18);
      --shadow: none;
    }
  }
`

const basics = css`
  *, *::before, *::after { box-sizing: border-box; }
  [hidden] { display: none !important; }
  h1, h2, h3, p, ol, ul, dl, dd, figure, fieldset { margin: 0; padding: 0; border: 0; min-inline-size: 0; }
  h2 { font-size: 1.0625rem; font-weight: 650; letter-spacing: -0.005em; line-height: 1.3; }
  h3 { font-size: 0.9375rem; font-weight: 650; line-height: 1.3; }
  ol, ul { list-style: none; }
  .muted { color: var(--muted); }
  /* Fainter without losing contrast: it can still be read. */
  .stale { --text: var(--muted); --accent: var(--line-strong); color: var(--muted); filter: grayscale(1); }
  .note { color: var(--text); background: var(--sunken); border-radius: var(--radius-small); padding: 0.5rem 0.75rem; margin-block-end: 1rem; }
  .small { font-size: 0.875rem; line-height: 1.5; }
  .name { overflow-wrap: anywhere; }
  .cut { display: block; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; min-inline-size: 0; }
  .mono { font-family: var(--mono); font-size: 0.8125rem; }
  .numbers { font-variant-numeric: tabular-nums; }
  .visually-hidden {
    position: absolute; inline-size: 1px; block-size: 1px; margin: -1px; padding: 0; border: 0;
    overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  }
  .icon {
    inline-size: 1.25em; block-size: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.7;
    stroke-linecap: round; stroke-linejoin: round;
  }
  :focus { outline: none; }
  :focus-visible, .button:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
  .card { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: var(--shadow); }
  .row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem; }
  .push { margin-inline-start: auto; }
  .problem {
    display: flex; gap: 0.75rem; padding: 0.875rem 1rem; border-radius: var(--radius-small);
    background: var(--danger-soft); color: var(--text); overflow-wrap: anywhere; text-align: start;
  }
  .problem > .icon { color: var(--danger); margin-block-start: 0.1em; }
  .problem p + p { color: var(--muted); font-size: 0.9375rem; }
  @media (prefers-reduced-motion: reduce) {
    *, *::before, *::after { transition: none !important; animation: none !important; scroll-behavior: auto !important; }
  }
`

const buttons = css`
  .button {
    display: inline-flex; align-items: center; justify-content: center; gap: 0.5rem; position: relative;
    min-block-size: 2.75rem; padding: 0.5rem 1.125rem; border: 1px solid var(--line-strong); border-radius: 999px;
    background: var(--surface); color: var(--text); font: inherit; font-size: 0.9375rem; font-weight: 550; line-height: 1.2;
    text-decoration: none; cursor: pointer; transition: background-color 0.15s, border-color 0.15s, color 0.15s;
  }
  .button:hover { border-color: var(--text); }
  .button:active { transform: translateY(1px); }
  .button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
  .button.primary:hover { background: color-mix(in srgb, var(--accent) 86%, var(--text)); }
  .button.quiet { border-color: transparent; background: transparent; color: var(--accent); padding-inline: 0.75rem; }
  .button.quiet:hover { background: var(--accent-soft); }
  .button.chip {
    min-block-size: 2.25rem; padding: 0.25rem 0.875rem; font-size: 0.875rem; font-weight: 500;
    border-color: var(--line); background: transparent;
  }
  .button.chip:hover { border-color: var(--line-strong); background: var(--sunken); }
  .button:disabled { opacity: 0.55; cursor: default; }
  @media (pointer: coarse) { .button.chip { min-block-size: 2.75rem; } }
`

const fields = css`
  .field { display: grid; gap: 0.375rem; min-inline-size: 0; align-content: start; }
  .field > label { font-size: 0.875rem; font-weight: 550; color: var(--text); min-inline-size: 0; }
  input:not([type='checkbox'], [type='file']), select, textarea {
    inline-size: 100%; min-block-size: 2.75rem; padding: 0.5rem 0.75rem; border: 1px solid var(--line-strong);
    border-radius: var(--radius-small); background-color: var(--surface); color: var(--text);
    font: inherit; font-size: 1rem; line-height: 1.4; appearance: none; transition: border-color 0.15s, box-shadow 0.15s;
  }
  textarea { min-block-size: 6rem; resize: vertical; font-family: var(--mono); font-size: 0.875rem; }
  /* Numbers, JSON and rows of a table have one direction in every language; prose finds its own. */
  textarea:not([dir]) { direction: ltr; }
  @media (pointer: coarse) { textarea { font-size: 1rem; } }
  select {
    padding-inline-end: 2.25rem; text-overflow: ellipsis; background-repeat: no-repeat; background-position: right 0.75rem center;
    background-size: 0.75rem; background-image: linear-gradient(45deg, transparent 50%, currentColor 50%),
      linear-gradient(-45deg, transparent 50%, currentColor 50%);
    background-size: 0.375rem 0.375rem; background-position: right 1.125rem center, right 0.8rem center;
  }
  select:dir(rtl) { background-position: left 0.8rem center, left 1.125rem center; }
  input:hover, select:hover, textarea:hover { border-color: var(--text); }
  input:focus-visible, select:focus-visible, textarea:focus-visible {
    outline: none; border-color: var(--accent); box-shadow: 0 0 0 3px color-mix(in srgb, var(--accent) 28%, transparent);
  }
  .slide { display: grid; min-inline-size: 0; }
  .ends { display: flex; justify-content: space-between; gap: 1rem; font-size: 0.75rem; line-height: 1.3; color: var(--muted); }
  ::placeholder { color: var(--muted); opacity: 1; }
  [aria-invalid='true'] { border-color: var(--danger) !important; }
  .wrong { color: var(--danger); font-size: 0.8125rem; line-height: 1.4; }
  input[type='checkbox'] {
    appearance: none; inline-size: 1.375rem; block-size: 1.375rem; margin: 0; border: 1px solid var(--line-strong);
    border-radius: 6px; background: var(--surface); display: inline-grid; place-content: center; cursor: pointer; flex: none;
  }
  input[type='checkbox']:checked { background: var(--accent); border-color: var(--accent); }
  input[type='checkbox']:checked::after {
    content: ''; inline-size: 0.75rem; block-size: 0.375rem; border: solid var(--on-accent); border-width: 0 0 2px 2px;
    transform: translateY(-0.08rem) rotate(-45deg);
  }
`

const tables = css`
  .scroll { overflow: auto; max-inline-size: 100%; border: 1px solid var(--line); border-radius: var(--radius-small); }
  table { border-collapse: separate; border-spacing: 0; inline-size: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
  th, td { text-align: start; padding: 0.5rem 0.75rem; border-block-end: 1px solid var(--line); max-inline-size: 18rem; vertical-align: baseline; }
  td.cell, th.cell { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
  tr:last-child > td, tr:last-child > th { border-block-end: 0; }
  thead th { color: var(--muted); font-weight: 550; font-size: 0.8125rem; background: var(--surface); position: sticky; inset-block-start: 0; }
  tbody th { font-weight: 550; }
  .end { text-align: end; }
`

/** For every component's own shadow root. */
export const controls = [basics, buttons, fields, tables]
