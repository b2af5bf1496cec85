/** A worker holds a lock as long as it lives; whoever gets that lock after it knows that the worker is gone. */

function manager(): LockManager | undefined {
  return (navigator as { locks?: LockManager }).locks
}

/**
 * In the worker: hold the lock for ever. Resolves when it is held and `told`, or where there are no locks. A worker that
 * answers before that could be killed without anybody's notice, as a busy browser grants locks late.
 */
export function hold(name: string, told: () => void): Promise<void> {
  return new Promise((resolve) => {
    const locks = manager()
    if (locks === undefined) return resolve()
    const forEver = (): Promise<never> => {
      told()
      resolve()
      return new Promise(() => undefined)
    }
    locks.request(name, forEver).catch(() => resolve())
  })
}

/** In the page, once the worker holds it: `gone` is called when the worker has died. */
export function watch(name: string, signal: AbortSignal, gone: () => void): void {
  manager()?.request(name, { signal }, gone).catch(() => undefined)
}
