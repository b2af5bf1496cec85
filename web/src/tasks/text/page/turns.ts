/** A conversation as the page has it, and as it is kept on the device where the visitor wants that. */
import type { Message } from '../../../shared/api.js'

export interface Turn {
  asked: string
  answer: string
  tokens: number
  milliseconds: number
  /** What ended it: still writing, its own end, the longest, all that the model holds, the visitor. */
  ended: '' | 'stop' | 'length' | 'full' | 'stopped'
  /** Earlier turns were left out, or the beginning of the text. */
  truncated?: boolean
}

export const asked = (text: string): Turn => ({ asked: text, answer: '', tokens: 0, milliseconds: 0, ended: '' })

/** What `predict()` is given; `goesOn`: the last answer is to be continued. */
export function messages(turns: readonly Turn[], system: string | undefined, goesOn: boolean): Message[] {
  const said = turns.flatMap(({ asked: content, answer }, i): Message[] => {
    const question: Message = { role: 'user', content }
    return i < turns.length - 1 || goesOn ? [question, { role: 'assistant', content: answer }] : [question]
  })
  return system === undefined ? said : [{ role: 'system', content: system }, ...said]
}

/** One conversation a site; storage may be forbidden, full, or hold what another version wrote. */
export class Kept {
  private readonly key: string

  constructor(name: string) {
    this.key = `edgeweb-chat ${name} ${location.pathname}`
  }

  read(): Turn[] | null {
    try {
      const found: unknown = JSON.parse(localStorage.getItem(this.key) ?? 'null')
      return Array.isArray(found) && found.every(isTurn) ? found : null
    } catch {
      return null
    }
  }

  /** Whether it is there. */
  write(turns: readonly Turn[]): boolean {
    try {
      localStorage.setItem(this.key, JSON.stringify(turns.filter(({ ended }) => ended !== '')))
      return true
    } catch {
      return false
    }
  }

  delete(): void {
    try {
      localStorage.removeItem(this.key)
    } catch {
      // Then there is none.
    }
  }
}

function isTurn(value: unknown): value is Turn {
  const { asked: question, answer, tokens, milliseconds, ended } = (value ?? {}) as Partial<Turn>
  return typeof question === 'string' && typeof answer === 'string' && typeof tokens === 'number' && typeof milliseconds === 'number' && ['stop', 'length', 'full', 'stopped'].includes(String(ended))
}
