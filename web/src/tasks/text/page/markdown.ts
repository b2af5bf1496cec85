/** Markdown as templates: nothing of it becomes HTML, so what a model writes can neither run nor fetch anything. */
import { html, nothing, type TemplateResult } from 'lit'
import { Lexer, type MarkedToken, type Token, type Tokens } from 'marked'

type Shown = TemplateResult | string | typeof nothing

/** Addresses that a visitor may follow. */
const FOLLOWED = /^(https?:|mailto:)/i
/** Deeper lists and quotes are shown as they are written. */
const DEEPEST = 12

export function markdown(text: string): Shown[] {
  return all(Lexer.lex(text, { gfm: true, breaks: true }), 0)
}

function all(tokens: readonly Token[] | undefined, depth: number): Shown[] {
  return (tokens ?? []).map((token) => one(token as MarkedToken, depth + 1))
}

function one(token: MarkedToken, depth: number): Shown {
  if (depth > DEEPEST) return token.raw
  switch (token.type) {
    case 'space': case 'def': return nothing
    case 'code': return html`<pre tabindex="0"><code>${token.text}</code></pre>`
    case 'heading': return html`<p class="heading" role="heading" aria-level=${Math.min(6, token.depth + 2)}>${all(token.tokens, depth)}</p>`
    case 'blockquote': return html`<blockquote>${all(token.tokens, depth)}</blockquote>`
    case 'list': return list(token, depth)
    case 'table': return table(token, depth)
    case 'paragraph': return html`<p>${all(token.tokens, depth)}</p>`
    case 'hr': return html`<hr>`
    case 'strong': return html`<strong>${all(token.tokens, depth)}</strong>`
    case 'em': return html`<em>${all(token.tokens, depth)}</em>`
    case 'del': return html`<del>${all(token.tokens, depth)}</del>`
    case 'codespan': return html`<code>${token.text}</code>`
    case 'br': return html`<br>`
    case 'link': return link(token, depth)
    // A picture would be fetched: its description stands for it.
    case 'image': return token.text || token.href
    case 'text': return token.tokens ? html`${all(token.tokens, depth)}` : token.raw
    case 'escape': return token.text
    // HTML, and whatever else there is, as it was written.
    default: return token.raw
  }
}

function link({ href, tokens }: Tokens.Link, depth: number): Shown {
  const words = all(tokens, depth)
  return FOLLOWED.test(href) ? html`<a href=${href} rel="noopener noreferrer nofollow" target="_blank">${words}</a>` : html`${words}`
}

function list({ ordered, start, items }: Tokens.List, depth: number): TemplateResult {
  const own = items.map(({ tokens, task, checked }) => html`<li>${task ? (checked ? '☑ ' : '☐ ') : nothing}${all(tokens.filter(({ type }) => type !== 'checkbox'), depth)}</li>`)
  return ordered ? html`<ol start=${start || 1}>${own}</ol>` : html`<ul>${own}</ul>`
}

function table({ header, rows }: Tokens.Table, depth: number): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="group"><table><thead><tr>${header.map(({ tokens }) => html`<th scope="col">${all(tokens, depth)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map(({ tokens }) => html`<td>${all(tokens, depth)}</td>`)}</tr>`)}</tbody></table></div>`
}
