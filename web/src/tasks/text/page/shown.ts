/** What came of a text: bars, sentences with the blank filled, coloured places, answers, or how alike texts are. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Found, Result, Span } from '../../../shared/api.js'
import { classification, rank, spoken } from '../../../page/ui/results/bars.js'
import type { Scoring } from '../../../page/ui/claims.js'
import { regression, spokenValues } from '../../../page/ui/results/values.js'
import { cssVar } from '../../../page/ui/css-var.js'
import { fixed, percent } from '../../../page/ui/format.js'
import { common, text as t } from '../../../page/ui/strings.gen.js'
import { plain } from '../../../page/ui/plain.js'
import { written } from '../../../page/ui/written.js'

const BLANK = /_{3,}/
/** More marks than this slow the page down. */
const MOST = 2000
/** An angle that spreads any number of colours evenly. */
const GOLDEN = 137.5

export interface Asked {
  text: string
  /** The second text, where there is one. */
  others: string
  /** What stands before a token that goes on with a word. */
  pieces?: string
  /** The model's own token for a blank. */
  blank: string
  scoring: Scoring
}

export function shown(result: Result, asked: Asked, all: boolean, toggle: () => void): TemplateResult {
  const cut = 'truncated' in result && result.truncated ? html`<p class="note small">${t.truncated}</p>` : nothing
  switch (result.task) {
    case 'classification': return html`${cut}${asked.blank ? filled(result.labels, asked) : classification(result.labels, all, toggle, asked.scoring)}`
    case 'regression': return html`${cut}${regression(result.values, result.names)}`
    case 'similarity': return alike(result.matches)
    case 'answers': return answered(asked.others, result.answers)
    case 'embedding': return html`${cut}<p>${t.vector(result.vector.length)}</p><p class="muted">${t.vectorHow}</p>
      <edgeweb-copy .label=${t.copyVector} .text=${written(result.vector)}></edgeweb-copy>`
    case 'spans': return html`${cut}${marked(asked, result.spans)}`
    default: return html`<p class="muted">${common.another}</p>`
  }
}

/** The outcome in one breath, for who hears the page. */
export function said(result: Result, asked: Asked): string {
  switch (result.task) {
    case 'classification': return asked.blank ? sentence(asked, result.labels[0]?.label ?? '').join('') : spoken(result.labels, asked.scoring)
    case 'similarity': return spoken(ranked(result.matches), 'figures')
    case 'answers': return result.answers[0]?.text ?? t.noAnswer
    case 'regression': return spokenValues(result.values, result.names)
    case 'embedding': return t.vector(result.vector.length)
    case 'spans': return [t.found(result.spans.length), ...result.spans.slice(0, 10).map(({ text, label }) => `${text}: ${label}`)].join('; ')
    default: return ''
  }
}

const ranked = (matches: readonly { id: string; score: number }[]): { label: string; score: number }[] => matches.map(({ id, score }) => ({ label: id, score }))

/** A token that goes on with the word before it has no space there. */
function sentence({ text, blank, pieces }: Asked, word: string): [string, string, string] {
  const found = BLANK.exec(text)?.[0] ?? blank
  const at = text.indexOf(found)
  const goesOn = pieces !== undefined && pieces !== '' && word.startsWith(pieces)
  const before = text.slice(0, at)
  return at < 0 ? [text, '', ''] : [goesOn ? before.trimEnd() : before, (goesOn ? word.slice(pieces.length) : word).trim(), text.slice(at + found.length)]
}

function filled(labels: readonly { label: string; score: number }[], asked: Asked): TemplateResult {
  const { labels: best, figure, share } = rank(labels, asked.scoring === 'told' ? 'shares' : asked.scoring)
  return html`<ol class="fills">${best.map(({ label, score }) => {
    const [before, word, after] = sentence(asked, label)
    return html`<li class="fill"><span>${before.slice(-120)}<b>${word}</b>${after.slice(0, 120)}</span><span class="figure">${figure?.(score)}</span><i aria-hidden="true" ${cssVar('--share', String(share(score)))}></i></li>`
  })}</ol>`
}

/** Cosines as they are: the best of bad matches has no long bar. */
function alike(matches: readonly { id: string; score: number }[]): TemplateResult {
  return html`<ol class="fills" aria-label=${t.alike}>${matches.map(({ id, score }) => html`<li class="fill"><span dir="auto">${plain(id, 300)}</span><span class="figure">${fixed(score, 3)}</span><i aria-hidden="true" ${cssVar('--share', String(Math.min(1, Math.max(0, score))))}></i></li>`)}</ol>`
}

/** The answers in their text, those that overlap a likelier one left out; then each with its score. */
function answered(text: string, answers: readonly Found[]): TemplateResult {
  const [best, ...others] = answers
  if (best === undefined) return html`<p class="muted">${t.noAnswer}</p>`
  const shown: Found[] = []
  for (const each of answers) if (shown.every(({ start, end }) => each.end <= start || each.start >= end)) shown.push(each)
  const parts: (string | TemplateResult)[] = []
  let at = 0
  for (const each of shown.sort((a, b) => a.start - b.start)) {
    parts.push(text.slice(at, each.start), html`<mark class=${each === best ? 'best' : ''} ${cssVar('--hue', '160')}>${text.slice(each.start, each.end)}<span class="tag">${fixed(each.score, 3)}</span></mark>`)
    at = each.end
  }
  parts.push(text.slice(at))
  const row = ({ text: found, score }: Found): TemplateResult => html`<li class="fill"><span dir="auto">${plain(found, 300)}</span><span class="figure">${fixed(score, 3)}</span><i aria-hidden="true" ${cssVar('--share', String(score))}></i></li>`
  return html`<p class="best-answer" dir="auto">${plain(best.text, 600)} <span class="figure">${fixed(best.score, 3)}</span></p>
    <h3>${t.inText}</h3><p class="marked long" tabindex="0" role="group" aria-label=${t.inText} dir="auto">${parts}</p>
    ${others.length ? html`<h3>${t.answers}</h3><ol class="fills" aria-label=${t.answers}>${others.map(row)}</ol>` : nothing}
    <edgeweb-copy .label=${t.copySpans} .text=${written(answers)}></edgeweb-copy>`
}

/** Colours by the order in which kinds first appear. */
function hues(spans: readonly Span[]): Map<string, string> {
  const kinds = [...new Set(spans.map(({ label }) => label))]
  return new Map(kinds.map((kind, i) => [kind, String((160 + i * GOLDEN) % 360)]))
}

function marked({ text, scoring }: Asked, spans: readonly Span[]): TemplateResult {
  if (spans.length === 0) return html`<p class="muted">${t.none}</p>`
  const colours = hues(spans)
  const parts: (string | TemplateResult)[] = []
  let at = 0
  for (const { start, end, label, score } of spans.filter((span) => span.end > span.start && span.start >= 0).slice(0, MOST)) {
    if (start < at) continue
    const hue = colours.get(label) ?? '0'
    parts.push(text.slice(at, start), html`<mark title=${scoring === 'order' ? plain(label) : `${plain(label)}, ${t.sure(percent(score))}`} ${cssVar('--hue', hue)}>${text.slice(start, end)}<span class="tag">${plain(label, 40)}</span></mark>`)
    at = end
  }
  parts.push(text.slice(at))
  const count = (kind: string): number => spans.filter(({ label }) => label === kind).length
  return html`<p class="marked" tabindex="0" role="group" aria-label=${t.places} dir="auto">${parts}</p>
    <ul class="legend" aria-label=${t.legend}>${[...colours].map(([kind, hue]) => html`<li><i aria-hidden="true" ${cssVar('--hue', hue)}></i>${plain(kind, 60)} <span class="muted">${count(kind)}</span></li>`)}</ul>
    <edgeweb-copy .label=${t.copySpans} .text=${written(spans)}></edgeweb-copy>`
}
