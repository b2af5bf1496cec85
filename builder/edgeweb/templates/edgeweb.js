// For other pages: runs this site's module only if it is, byte for byte, the one that the site was built with.
const url = new URL({{ script.path | tojson }}, import.meta.url).href
const integrity = {{ script.integrity | tojson }}

// Without cookies, which a script element sends. The fragment tells the module, which has an address without a folder, of its site.
async function checked(cache) {
  const response = await fetch(url, { credentials: 'omit', integrity, cache })
  const script = new Blob([await response.arrayBuffer()], { type: 'text/javascript' })
  return `${URL.createObjectURL(script)}#${new URL('./', import.meta.url)}`
}

async function verified() {
  // The site's own page has it already.
  const own = globalThis[Symbol.for('edgeweb.requests')]
  if (own) return own.module
  const found = await checked('default').catch(() => checked('reload')).catch(() => undefined)
  if (found !== undefined) return import(/* @vite-ignore */ /* webpackIgnore: true */ found)
  throw Object.assign(new Error('The module of this site did not arrive whole and was not run. Reload the page.'), { code: 'integrity' })
}

export const { load, EdgewebError } = await verified()
