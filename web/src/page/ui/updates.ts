/** What the page says about its offline copy and its versions: a notice, a section of the panel, a line of the footer. */
import { css, html, nothing, type TemplateResult } from 'lit'
import type { Updates } from '../updates.js'
import { check } from './icons.js'
import { footer as footerWords, updates as t } from './strings.gen.js'
import { plain } from './plain.js'

export const updateStyles = css`
  .notice {
    position: sticky; inset-block-end: 1rem; z-index: 2; justify-self: center; inline-size: 100%; max-inline-size: 40rem; margin-block-end: 1rem;
    display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem 1.25rem; padding: 0.875rem 0.875rem 0.875rem 1.25rem;
    border-color: var(--accent); box-shadow: 0 2px 6px rgb(0 0 0 / 10%), 0 16px 40px -12px rgb(0 0 0 / 32%);
  }
  .notice > div:first-child { flex: 1 1 15rem; min-inline-size: 0; line-height: 1.4; }
  .notice p + p { color: var(--muted); font-size: 0.875rem; }
  .notice .row { gap: 0.375rem; margin-inline-start: auto; }
  .offline.ready .icon { color: var(--accent); vertical-align: -0.3em; margin-inline-end: 0.125rem; }
`

export class UpdateView {
  private source: Updates | null = null
  private state: 'idle' | 'checking' | 'none' | 'leaving' = 'idle'
  private dismissed = ''

  constructor(private readonly changed: () => void) {}

  set updates(updates: Updates | null) {
    if (this.source) this.source.onChange = undefined
    this.source = updates
    this.state = 'idle'
    if (updates) updates.onChange = this.changed
  }

  /** Over the bottom of the window, where it moves nothing; it waits until the visitor has time. */
  notice(): TemplateResult {
    const release = this.source?.state.ready
    const shown = release !== undefined && release !== this.dismissed
    const dismiss = (): void => {
      this.dismissed = release ?? ''
      this.changed()
    }
    return html`<div class=${shown ? 'card notice' : ''} role="status">${shown ? html`
      <div><p><b>${t.ready}</b></p><p>${t.readyHow}</p></div>
      <div class="row"><button class="button quiet" type="button" @click=${dismiss}>${t.later}</button>${this.takeButton()}</div>` : nothing}</div>`
  }

  /** What works without a network, in a few words. */
  offline(): TemplateResult | typeof nothing {
    if (!this.source) return nothing
    const { offline } = this.source.state
    return html`<span class="offline ${offline}">${offline === 'ready' ? check : nothing}${t.offline[offline]}</span>`
  }

  /** For the panel; `release` is the one that runs. */
  section(release: string): TemplateResult | typeof nothing {
    if (!this.source) return nothing
    const { state } = this
    const { channel, arm } = this.source.seat
    const shared = channel === 'stable' && arm === undefined ? nothing : html`<p class="small muted">${arm === undefined ? t.some : t.arm(arm)}</p>`
    const said = { idle: '', checking: t.checking, none: t.none, leaving: t.goingBack }[state]
    return html`<section class="copy"><h2>${t.title}</h2>
      <p>${this.offline()}. <span class="muted">${footerWords.release} <span class="mono">${plain(release, 16)}</span></span></p>
      ${shared}
      <div class="row">${this.source.state.ready === undefined
        ? html`<button class="button chip" type="button" ?disabled=${state === 'checking' || state === 'leaving'} @click=${this.check}>${t.check}</button>`
        : this.takeButton()}${this.backButton('button chip')}
        <p class="small muted" role="status">${said}</p></div></section>`
  }

  /** A way out when this version fails; nothing without a version to go back to. */
  backButton(look = 'button'): TemplateResult | typeof nothing {
    if (this.source?.state.previous === undefined) return nothing
    return html`<button class=${look} type="button" ?disabled=${this.state === 'leaving'} @click=${this.back}>${t.back}</button>`
  }

  private takeButton(): TemplateResult {
    return html`<button class="button primary" type="button" @click=${() => this.source?.take()}>${t.take}</button>`
  }

  private readonly check = async (): Promise<void> => {
    this.enter('checking')
    const found = await this.source?.check().catch(() => false)
    this.dismissed = ''
    this.enter(found ? 'idle' : 'none')
  }

  private readonly back = async (): Promise<void> => {
    this.enter('leaving')
    await this.source?.rollBack().catch(() => undefined)
    this.enter('idle')
  }

  private enter(state: typeof this.state): void {
    this.state = state
    this.changed()
  }
}
