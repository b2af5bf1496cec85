// For other pages: runs this site's module only if it is, byte for byte, the one that the site was built with.
const url = new URL({{ script.path | tojson }}, import.meta.url).href
const integrity = {{ script.integrity | tojson }}

// A page that demands Trusted Types lets a policy be made only once: the module, and that of another site, find it under this name.
const shared = Symbol.for('edgeweb.trusted')

function trusted(text) {
  const made = globalThis.trustedTypes?.createPolicy('edgeweb', {
    createScriptURL(text) {
      if (new URL(text).origin !== new URL(url).origin) throw new TypeError('Scripts come from the site only.')
      return text
    },
  })
  globalThis[shared] ??= (text) => made?.createScriptURL(text) ?? text
  return globalThis[shared](text)
}

// Whether the browser loaded the module and found it right; undefined where the page allows no such element.
function check(text) {
  const script = document.createElement('script')
  script.type = 'module'
  script.integrity = integrity
  try {
    script.src = globalThis[shared]?.(text) ?? trusted(text)
  } catch {
    return undefined
  }
  return new Promise((resolve) => {
    script.onload = () => resolve(true)
    script.onerror = () => resolve(false)
    document.head.append(script)
  })
}

async function verified() {
  // The site's own page has checked it already.
  if (Symbol.for('edgeweb.requests') in globalThis) return import(/* @vite-ignore */ /* webpackIgnore: true */ url)
  // A module that failed under one address stays failed there, hence the fragment.
  for (const text of [url, `${url}#2`]) {
    if (text !== url) await fetch(url, { cache: 'reload' }).catch(() => undefined)
    // import() has no integrity of its own: it takes the module that the element has loaded.
    if ((await check(text)) !== false) return import(/* @vite-ignore */ /* webpackIgnore: true */ text)
  }
  throw Object.assign(new Error('The module of this site did not arrive whole and was not run. Reload the page.'), { code: 'integrity' })
}

export const { load, EdgewebError } = await verified()
