"""A visit to a site by a browser, and how it ended: running, with which outputs, or in a message on the page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page

# What a damaged script does: `marked` in an outcome says that one ran in the page, a request for the path that one ran elsewhere.
MARKER_PATH = "edgeweb-marker"
MARKER = f"globalThis.edgewebMarker = 1; fetch(new URL('/{MARKER_PATH}', location.origin)).catch(() => 0);"

_HELPERS = """
const deep = function* (root) {
  for (const element of root.querySelectorAll?.('*') ?? []) {
    yield element
    if (element.shadowRoot) yield* deep(element.shadowRoot)
  }
}
// The line that a page without its scripts shows in the end is there from the beginning: hidden by a style that takes its time.
const soon = (element, ms) => element.matches('.stuck') && performance.now() < ms
const told = (ms = 11_000) => {
  for (const element of deep(document)) {
    if (soon(element, ms)) continue
    const shown = element.matches('.problem, [role=alert]') && element.checkVisibility({ visibilityProperty: true })
    const text = shown ? element.textContent.trim().replace(/\\s+/g, ' ') : ''
    if (text) return text
  }
  return ''
}
const feed = ({ type, shape }) => {
  const dims = (shape ?? [4]).map((size) => (typeof size === 'number' ? size : 1))
  const count = dims.reduce((a, b) => a * b, 1)
  const at = (i) => ((i * 2654435761) % 1000) / 1000
  if (type === 'string') return { type, dims, data: Array.from({ length: count }, (_, i) => `text ${i}`) }
  const kinds = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }
  const kind = kinds[type]
  return { type, dims, data: type === 'int64' ? BigInt64Array.from({ length: count }, () => 1n) : kind.from({ length: count }, (_, i) => at(i) * 3) }
}
const run = async (model, given) => {
  const feeds = given ?? Object.fromEntries(model.manifest.inputs.map((input) => [input.name, feed(input)]))
  const outputs = await model.run(feeds)
  return Object.entries(outputs).map(([name, { dims, data }]) => [name, dims.join(), Array.from(data, String).join()])
}
"""

# Before anything of the page: its model, the errors that the element tells of, and when the visit ended and its network closed.
WATCH = (
    "globalThis.watched = { model: undefined, codes: [], endedAt: 0, sealedAt: 0 };"
    "(() => {"
    + _HELPERS
    + """
  document.addEventListener('edge-ready', (event) => { watched.model = event.detail }, true)
  document.addEventListener('edge-error', (event) => { watched.codes.push(event.detail.code) }, true)
  globalThis.addEventListener('DOMContentLoaded', look)
  const timer = setInterval(look, 200)
  function look() {
    if (!watched.endedAt && (watched.model || told())) watched.endedAt = performance.now()
    if (!watched.sealedAt && document.documentElement?.dataset.edgeweb === 'sealed') watched.sealedAt = performance.now()
    if (watched.sealedAt) clearInterval(timer)
  }
})()"""
)

# Waits until the visit has ended one way or the other. Polls: a page that hangs must not hang the test.
_END = (
    "async ([seconds, sealed, stuck]) => {"
    + _HELPERS
    + """
  // From the page's own beginning, so that pages which wait side by side end side by side.
  const until = Math.max(seconds * 1000, performance.now() + 100)
  const state = () => globalThis.watched ?? { codes: [] }
  const over = () => state().model && (!sealed || document.documentElement.dataset.edgeweb === 'sealed')
  while (!over() && !told(stuck * 1000) && performance.now() < until) await new Promise((done) => setTimeout(done, 30))
  const { model, codes } = state()
  return {
    ready: model !== undefined, codes, told: told(stuck * 1000), title: document.title, release: model?.manifest.release,
    outputs: model ? await run(model) : [], sealed: document.documentElement.dataset.edgeweb === 'sealed',
    marked: 'edgewebMarker' in globalThis, endedAt: state().endedAt || performance.now(), sealedAt: state().sealedAt,
  }
}"""
)

# Every kept file against the hash that it is kept under: [entries, entries that differ].
_STORED = """async () => {
  const found = { files: [], wrong: [] }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      const key = request.url.split('/').pop()
      if (!/^[0-9a-f]{64}$/.test(key)) continue
      const bytes = await (await cache.match(request)).arrayBuffer()
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
      const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
      found[hash === key ? 'files' : 'wrong'].push(key)
    }
  }
  return found
}"""


@dataclass(frozen=True)
class Outcome:
    """How a visit ended, and after how many milliseconds. Neither `ready` nor `told`: a dead page."""

    ready: bool
    codes: list[str]
    told: str
    title: str
    release: str | None
    outputs: list[list[str]]
    sealed: bool
    marked: bool
    endedAt: float
    sealedAt: float


def outcome(page: Page, *, seconds: float = 20, sealed: bool = False, stuck: float = 11) -> Outcome:
    """Wait until the model runs or the page says why not; the page may load itself again meanwhile.

    `stuck`: the seconds after which a page whose scripts have not begun is one that says why not.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return Outcome(**page.evaluate(_END, [seconds, sealed, stuck]))
        except Error as error:
            gone = (
                "context was destroyed" in error.message
                or "navigat" in error.message
                or "Inspected target" in error.message
            )
            if not gone or time.monotonic() > until:
                raise
            page.wait_for_timeout(50)


def back(page: Page, url: str) -> None:
    """Go there, unless the page is on its way there by itself: Firefox then says that one navigation interrupts the other."""
    try:
        page.goto(url, wait_until="commit")
    except Error as error:
        if f'interrupted by another navigation to "{url}"' not in error.message:
            raise
        page.wait_for_url(url, wait_until="commit")


def stored(page: Page) -> dict[str, list[str]]:
    """The kept files by hash: whole ones (`files`) and others (`wrong`)."""
    found: dict[str, list[str]] = page.evaluate(_STORED)
    return found


def running(page: Page) -> Outcome:
    """Wait for a page that has no reason to fail, on a machine as busy as it may be; its network is closed then."""
    return outcome(page, seconds=90, sealed=True, stuck=90)


@contextmanager
def fresh(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A browser that has never been anywhere."""
    context = browser.new_context(**options)
    context.add_init_script(WATCH)
    try:
        yield context
    finally:
        context.close()


def visit(browser: Browser, url: str, **options: Any) -> Outcome:
    """One visit of a stranger."""
    with fresh(browser) as context:
        page = context.new_page()
        page.goto(url, wait_until="commit")
        return outcome(page, **options)


def go(page: Page, url: str) -> None:
    """Begin to load `url`, also when the page is about to go elsewhere."""
    for attempt in range(3):
        try:
            page.goto(url, wait_until="commit")
            return
        except Error as error:
            if "interrupted" not in error.message or attempt == 2:
                raise
            page.wait_for_timeout(200)


def begin(context: BrowserContext, url: str) -> Page:
    """A page on its way; several of them load side by side."""
    page = context.new_page()
    page.goto(url, wait_until="commit")
    return page
