/** Nothing that a browser or a host is asked for may be waited for without an end. */
import { EdgewebError } from '../shared/errors.js'

/** The outcome of `work`; after `ms` a rejection that says of `what` that it took too long. */
export function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new EdgewebError('network', `${what} did not arrive in time.`, 'Check the connection and try again.')), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
