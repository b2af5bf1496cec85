/** Takes cookies out of the reach of a closed page: one that a script sets would go along when the browser asks for `sw.js` or a page. */

/**
 * Reading finds nothing and writing keeps nothing, in this realm and for good. What no page can prevent: a new frame or window
 * has an accessor of its own.
 */
export function withoutCookies(realm: Window & typeof globalThis): void {
  const inert = { get: () => '', set: () => undefined, enumerable: true, configurable: false }
  // Whoever has the prototype's accessor can call it on the document.
  for (const owner of [realm.Document.prototype, realm.document]) Object.defineProperty(owner, 'cookie', inert)
  if ('cookieStore' in realm) Object.defineProperty(realm, 'cookieStore', { get: () => undefined, enumerable: true, configurable: false })
}
