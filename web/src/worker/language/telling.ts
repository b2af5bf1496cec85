/** What was written as people read it, while it is written: at most once a frame, and never half a character. */
import type { TextProgress } from '../../shared/api.js'
import type { Tokens } from './tokens.js'

/** Tokens before the answer that show how its first ones are written. */
const CONTEXT = 8
const FRAME_MS = 16
/** All that was written is told each time: this takes at most such a part of the time. */
const SHARE = 0.1
/** A character is no more tokens than bytes. */
const TOKENS_A_CHARACTER = 4

export class Telling {
  private readonly begun = performance.now()
  private next = -Infinity

  constructor(
    private readonly tokens: Pick<Tokens, 'text'>, private readonly prompt: readonly number[], private readonly stop: readonly string[],
    private readonly tell: ((progress: TextProgress) => void) | undefined,
  ) {}

  wrote(ids: readonly number[]): void {
    const now = performance.now()
    if (this.tell === undefined || now < this.next) return
    this.say(this.text(ids), ids.length, now)
    const end = performance.now()
    this.next = Math.max(now + FRAME_MS, end + (end - now) / SHARE)
  }

  /** All of it, however soon after the last event. */
  done(ids: readonly number[]): string {
    const text = this.text(ids)
    this.say(text, ids.length, performance.now())
    return text
  }

  private say(text: string, tokens: number, now: number): void {
    // A character that is not whole yet waits for its other tokens.
    this.tell?.({ text: text.replace(/\ufffd+$/, ''), tokens, milliseconds: now - this.begun })
  }

  /** What was written after the prompt, up to the first of the texts that end it. */
  text(ids: readonly number[]): string {
    const context = this.prompt.slice(-CONTEXT)
    const before = this.tokens.text(context)
    const all = this.tokens.text([...context, ...ids])
    const text = all.startsWith(before) ? all.slice(before.length) : this.tokens.text([...ids])
    const end = Math.min(...this.stop.map((each) => text.indexOf(each)).filter((at) => at >= 0))
    return end === Infinity ? text : text.slice(0, end)
  }

  /** Whether one of the texts that end it has come. */
  ended(ids: readonly number[]): boolean {
    if (this.stop.length === 0) return false
    const longest = Math.max(...this.stop.map((each) => each.length))
    const tail = this.tokens.text([...ids.slice(-(longest + 1) * TOKENS_A_CHARACTER)])
    return this.stop.some((each) => tail.includes(each))
  }
}
