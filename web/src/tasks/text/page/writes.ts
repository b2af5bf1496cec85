/** How a model writes, as the visitor sets it: numbers, and what it is told first. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Manifest, TextOptions } from '../../../shared/api.js'
import * as icons from '../../../page/ui/icons.js'
import { text } from '../../../page/ui/strings.gen.js'

const { chat: t } = text

type Setting = 'temperature' | 'topK' | 'topP' | 'repetitionPenalty' | 'maxTokens'

const SETTINGS: readonly { name: Setting; max: number; step: number; min: number; label: string; how: string }[] = [
  { name: 'temperature', min: 0, max: 2, step: 0.1, label: t.temperature, how: t.temperatureHow },
  { name: 'topK', min: 0, max: 1000, step: 1, label: t.topK, how: t.topKHow },
  { name: 'topP', min: 0, max: 1, step: 0.05, label: t.topP, how: t.topPHow },
  { name: 'repetitionPenalty', min: 0.5, max: 2, step: 0.05, label: t.penalty, how: t.penaltyHow },
  { name: 'maxTokens', min: 1, max: 4096, step: 1, label: t.maxTokens, how: t.maxTokensHow },
]
const USUAL: Record<Setting, number> = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 256 }

export class Settings {
  /** The fields hold it: to write it back would disturb who types. */
  private readonly chosen: Partial<Record<Setting, number>> = {}
  private told: string | undefined

  constructor(private readonly manifest: Manifest) {}

  /** Only what the visitor has set: the rest is the site's own. */
  get options(): TextOptions {
    return { ...this.chosen }
  }

  /** Whether the model can be told something first. */
  get canBeTold(): boolean {
    return this.manifest.writer?.chat?.system != null
  }

  /** What it is told first; undefined: nothing but the site's own. */
  get system(): string | undefined {
    return this.told
  }

  /** Whether what ended at its longest cannot be continued: it is shorter than was asked for, or as long as its authors let it be. */
  full(tokens: number): boolean {
    const { maxTokens, maxLength } = this.manifest.writer?.sampling ?? {}
    return this.chosen.maxTokens === undefined && maxLength != null ? true : tokens < (this.chosen.maxTokens ?? maxTokens ?? USUAL.maxTokens)
  }

  private most(name: Setting, max: number): number {
    return name === 'maxTokens' ? Math.min(max, this.manifest.writer?.limit ?? max) : max
  }

  private usual(name: Setting): number {
    return this.most(name, this.manifest.writer?.sampling?.[name] ?? USUAL[name])
  }

  private readonly change = (name: Setting, event: Event): void => {
    const field = event.currentTarget as HTMLInputElement
    if (field.value !== '' && field.checkValidity()) this.chosen[name] = Number(field.value)
  }

  private readonly tell = (event: Event): void => {
    this.told = (event.currentTarget as HTMLTextAreaElement).value
  }

  fields(): TemplateResult {
    const told = this.canBeTold ? html`<div class="field wide"><label for="system">${t.system}</label><textarea id="system" rows="2" dir="auto" aria-describedby="system-how" .value=${this.manifest.writer?.system ?? ''} @input=${this.tell}></textarea>
      <span id="system-how" class="muted small">${t.systemHow}</span></div>` : nothing
    return html`<details class="card"><summary>${t.settings}${icons.chevron}</summary><div class="grid">${told}${SETTINGS.map(({ name, min, max, step, label, how }) => html`<div class="field">
      <label for=${name}>${label}</label><input id=${name} type="number" inputmode="decimal" min=${min} max=${this.most(name, max)} step=${step} aria-describedby="${name}-how" .value=${String(this.usual(name))} @input=${(event: Event) => this.change(name, event)}>
      <span id="${name}-how" class="muted small">${how}</span></div>`)}</div></details>`
  }
}
