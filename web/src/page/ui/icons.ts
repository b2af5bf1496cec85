/** The few line icons of the page, drawn in the current text colour and hidden from screen readers. */
import { html } from 'lit'

export const shield = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3l7.5 2.8v5.4c0 4.6-3 8-7.5 9.8-4.5-1.8-7.5-5.2-7.5-9.8V5.8z"/><path d="M8.6 12l2.4 2.4 4.4-4.8"/></svg>`
export const shieldOpen = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3l7.5 2.8v5.4c0 4.6-3 8-7.5 9.8-4.5-1.8-7.5-5.2-7.5-9.8V5.8z"/></svg>`
export const check = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12.5l4.6 4.6L19 7.5"/></svg>`
export const picture = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><rect x="3.5" y="4.5" width="17" height="15" rx="2.5"/><circle cx="9" cy="10" r="1.7"/><path d="M4 17l4.8-4.2 3.2 2.7 4-4.5 4.3 4.7"/></svg>`
export const camera = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 8.5A1.5 1.5 0 015.5 7h2.3l1.5-2.2h5.4L16.2 7h2.3A1.5 1.5 0 0120 8.5v8.8a1.5 1.5 0 01-1.5 1.5h-13A1.5 1.5 0 014 17.3z"/><circle cx="12" cy="12.6" r="3.3"/></svg>`
export const table = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="M3.5 10h17M9.5 5v14"/></svg>`
export const download = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4v11M7.5 10.8l4.5 4.5 4.5-4.5M5 19.5h14"/></svg>`
export const alert = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5"/><path d="M12 7.8v5.2M12 16v.2"/></svg>`
export const chevron = html`<svg class="icon chevron" viewBox="0 0 24 24" aria-hidden="true"><path d="M7 10l5 5 5-5"/></svg>`
export const microphone = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><rect x="9" y="3.5" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0013 0M12 18v2.5"/></svg>`
export const wave = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M3.5 10.5v3M7.5 7v10M11.5 3.5v17M15.5 8v8M19.5 10.5v3"/></svg>`
export const play = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5.5l10 6.5-10 6.5z"/></svg>`
