/** Makes workers, also where the page demands Trusted Types. */

export function newWorker(url: URL): Worker {
  return new Worker(trusted(url), { type: 'module', name: 'edgeweb-compute' })
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): URL }
}
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined

function trusted(url: URL): URL {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes
  if (types === undefined) return url
  policy ??= types.createPolicy('edgeweb', {
    createScriptURL: (text) => {
      if (new URL(text).origin !== location.origin) throw new TypeError('Workers come from this site only.')
      return text
    },
  })
  return policy.createScriptURL(url.href)
}
