/** What a model reads before it writes: a text, or a conversation between the texts of its template, cut to what it takes. */
import type { Message } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { Chat, Writer as Described } from '../../shared/manifest.gen.js'
import type { Tokens } from './tokens.js'

export interface Prompt {
  ids: number[]
  /** Something of it was left out. */
  truncated: boolean
}

/** @param before the ids that stand before every text. @param room so many ids, at most. */
export function promptOf(messages: readonly Message[], described: Pick<Described, 'chat' | 'system'>, tokens: Pick<Tokens, 'ids'>, before: readonly number[], room: number): Prompt {
  const { chat } = described
  return chat == null ? continued(messages, tokens, before, room) : talked(told(messages, described.system ?? undefined), chat, tokens, room)
}

/** A model without a template goes on with one text. */
function continued(messages: readonly Message[], tokens: Pick<Tokens, 'ids'>, before: readonly number[], room: number): Prompt {
  const [only] = messages
  if (only === undefined || messages.length > 1 || only.role !== 'user') throw new EdgewebError('input', 'This model goes on with a text, and knows no conversations.', "Give the text, or one message with the role 'user'.")
  const inner = tokens.ids(only.content)
  const most = Math.max(1, room - before.length)
  // The end of what was said counts most.
  return { ids: [...before, ...inner.slice(-most)], truncated: inner.length > most }
}

function told(messages: readonly Message[], system: string | undefined): readonly Message[] {
  return system === undefined || messages[0]?.role === 'system' ? messages : [{ role: 'system', content: system }, ...messages]
}

/** The oldest questions go first, each with its answer; what the model is told, and the template, stay. */
function talked(messages: readonly Message[], chat: Chat, tokens: Pick<Tokens, 'ids'>, room: number): Prompt {
  const system = messages[0]?.role === 'system' && messages[0].content !== '' ? messages[0] : undefined
  let turns = messages[0]?.role === 'system' ? messages.slice(1) : messages
  check(turns, system, chat)
  let ids = tokens.ids(written(system, turns, chat))
  const whole = ids.length
  for (; ids.length > room && turns.length > 2; ids = tokens.ids(written(system, turns, chat))) turns = turns.slice(2)
  if (ids.length > room) ids = shortened(system, turns, chat, tokens, room)
  return { ids, truncated: ids.length < whole }
}

/** The end of what was asked last counts most. */
function shortened(system: Message | undefined, turns: readonly Message[], chat: Chat, tokens: Pick<Tokens, 'ids'>, room: number): number[] {
  const [asked, ...rest] = turns as [Message, ...Message[]]
  const cut = (from: number): number[] => tokens.ids(written(system, [{ ...asked, content: asked.content.slice(from) }, ...rest], chat))
  if (cut(asked.content.length).length > room && rest.length > 0) throw new EdgewebError('input', 'There is no room left to go on with this answer.', 'Ask something else, or begin a new conversation.')
  if (cut(asked.content.length).length > room) throw new EdgewebError('input', 'What the model is told first is longer than what it can read.', 'Shorten the system prompt.')
  let low = 0
  let high = asked.content.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (cut(middle).length > room) low = middle + 1
    else high = middle
  }
  return cut(low)
}

/** Of a conversation that ends with a question, or with an answer that is to be continued. Mirrors `written` of builder/edgeweb/tasks/language/chat.py. */
function written(system: Message | undefined, turns: readonly Message[], chat: Chat): string {
  const said = ({ role, content }: Message): string => ((chat.trims ?? []).includes(role) ? content.trim() : content)
  let whole = system === undefined || chat.system == null ? chat.first : chat.system.before + said(system) + chat.system.after
  for (const [i, turn] of turns.entries()) {
    if (turn.role === 'user') whole += said(turn) + chat.after
    // Spaces at its end would be a beginning of the next word.
    else whole += chat.opens + (i === turns.length - 1 ? turn.content : said(turn) + chat.next)
  }
  return turns.at(-1)?.role === 'user' ? whole + chat.prompt : whole
}

function check(turns: readonly Message[], system: Message | undefined, chat: Chat): void {
  if (system !== undefined && chat.system == null) throw new EdgewebError('input', 'The chat template of this model has no place for a system prompt.', 'Leave it out, or write it into the first message.')
  if (turns.length === 0) throw new EdgewebError('input', 'There is no question.', "Give a message with the role 'user'.")
  const odd = turns.findIndex(({ role }, i) => role !== (i % 2 === 0 ? 'user' : 'assistant'))
  if (odd >= 0) throw new EdgewebError('input', `Message ${odd + 1} is not the next one of a conversation.`, "After the system prompt the roles 'user' and 'assistant' take turns.")
}
