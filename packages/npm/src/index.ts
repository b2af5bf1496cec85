/** Loads models from sites that edgeweb built. The code that runs comes from the site itself, so it always fits the site's files. */
import type { EdgewebError, LoadOptions, Model } from './site.js'

export type * from './site.js'

/** What a site's `edgeweb.js` exports. */
export type SiteModule = typeof import('./site.js')

const modules = new Map<string, Promise<SiteModule>>()

/**
 * Load the model of the site at `siteUrl`, the site's folder under your own origin.
 *
 * @throws EdgewebError, see `isEdgewebError`; a plain `Error` when nothing of a site is at that address.
 */
export async function load(siteUrl: string | URL, options?: LoadOptions): Promise<Model> {
  const site = siteFolder(siteUrl)
  return (await siteModule(site)).load(site, options)
}

/** The module of a site; it defines `<edge-model>`. One that could not be fetched is asked for again at the next call. */
export function siteModule(siteUrl: string | URL): Promise<SiteModule> {
  const { href } = new URL('edgeweb.js', siteFolder(siteUrl))
  const known = modules.get(href)
  if (known !== undefined) return known
  const coming = importSite(href)
  modules.set(href, coming)
  coming.catch(() => modules.delete(href))
  return coming
}

/** Whether a failure has edgeweb's `code` and a `hint` on what to try. The class itself is a site's own. */
export function isEdgewebError(error: unknown): error is EdgewebError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'hint' in error && typeof error.hint === 'string'
}

async function importSite(href: string): Promise<SiteModule> {
  try {
    // A bundler has to leave it alone: it belongs to the site.
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ href)) as SiteModule
  } catch (error) {
    // What a site refuses has a code of its own.
    if (error instanceof Error && 'code' in error) throw error
    throw new Error(`There is no site of edgeweb at ${new URL('.', href).href}. Its edgeweb.js could not be loaded. Put the folder that edgeweb build made there.`, { cause: error })
  }
}

function siteFolder(siteUrl: string | URL): URL {
  const url = new URL(siteUrl, document.baseURI)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
