/** Closes the page's own network for good: what a visitor enters has nowhere to go, not even to the site it came from. */
import { withoutCookies } from './cookies.js'

/**
 * A policy that is added binds until the page is left, also when its element is removed. Navigation is the one thing that no
 * policy of this kind stops; the Connection-Allowlist header does, where browsers know it.
 */
export const SEAL = [
  "default-src 'none'", "script-src blob: 'wasm-unsafe-eval'", 'worker-src blob:', "connect-src 'none'",
  'img-src blob: data:', 'media-src blob:', "style-src 'none'", "form-action 'none'", "base-uri 'none'",
].join('; ')

/** Whether the page has no network any more. */
export function isSealed(): boolean {
  return document.documentElement.dataset['edgeweb'] === 'sealed'
}

export function seal(): void {
  const rule = document.createElement('meta')
  rule.httpEquiv = 'Content-Security-Policy'
  rule.content = SEAL
  document.head.append(rule)
  // The one way past policies that a script of this page could take; it needs none.
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCDataChannel', 'WebTransport']) delete (globalThis as Record<string, unknown>)[name]
  withoutCookies(globalThis as Window & typeof globalThis)
  for (const frame of document.querySelectorAll('iframe')) if (frame.contentWindow !== null) withoutCookies(frame.contentWindow as Window & typeof globalThis)
  document.documentElement.dataset['edgeweb'] = 'sealed'
}
