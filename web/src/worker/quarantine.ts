/** Lets ONNX Runtime start its threads under Trusted Types: from blob: addresses, which is all that this worker's policy allows. */

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

export function allowThreads(): void {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes
  if (types === undefined) return
  const policy = types.createPolicy('edgeweb', {
    createScriptURL(url) {
      if (!url.startsWith('blob:')) throw new TypeError('Threads start from blob: only.')
      return url
    },
  })
  const Original = globalThis.Worker
  globalThis.Worker = class extends Original {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(policy.createScriptURL(String(url)), options)
    }
  }
}
