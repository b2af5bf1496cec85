/** The one error type of the browser half; the codes are those of builder/edgeweb/errors.py. */

export type ErrorCode =
  | 'usage' | 'aborted' | 'closed' | 'network' | 'integrity' | 'site-invalid' | 'unsupported-browser'
  | 'runtime' | 'hook' | 'worker-died' | 'timeout' | 'parity' | 'input' | 'memory'

/**
 * `message` is a sentence for people, `hint` what to try next, `details` the traceback of a hook. The model that raised it still works
 * unless closed.
 */
export class EdgewebError extends Error {
  override readonly name = 'EdgewebError'

  /** A script of its own, such as that of texts, has this class of its own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== EdgewebError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return value instanceof Error && value.name === 'EdgewebError'
  }

  readonly details: string | undefined

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint: string,
    options?: ErrorOptions & { details?: string },
  ) {
    super(message, options)
    this.details = options?.details
  }
}
