"""A visit to a site with Python of its own: giving its page an input in every way there is, and what came of it."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

# Typed arrays become lists on their way out of the page.
NOTE = """
globalThis.results = []
const plain = (value) => ArrayBuffer.isView(value) ? Array.from(value, Number)
  : value instanceof ImageData ? { width: value.width, height: value.height, data: Array.from(value.data) }
  : Array.isArray(value) ? value.map(plain)
  : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)])) : value
document.addEventListener('edge-result', ({ detail }) => results.push({ right: plain(detail) }), true)
document.addEventListener('edge-error', ({ detail }) => results.push({ wrong: detail.message }), true)
"""
TRANSFER = """([kind, name, type, data]) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type }))
  const about = { bubbles: true, cancelable: true, composed: true }
  const event = kind === 'paste' ? new ClipboardEvent('paste', about) : new DragEvent('drop', { ...about, dataTransfer: transfer })
  // Firefox takes no clipboard from a script that makes the event.
  if (kind === 'paste') Object.defineProperty(event, 'clipboardData', { value: transfer })
  document.body.dispatchEvent(event)
}"""


@dataclass
class Visit:
    """A page whose network is closed, and every address that it asked for."""

    page: Page
    url: str
    requests: list[str]

    def result(self, act: Callable[[], object]) -> dict[str, Any]:
        """What the page's next result is, after `act`."""
        before = self.page.evaluate("() => results.length")
        act()
        self.page.wait_for_function("(before) => results.length > before", arg=before, timeout=60_000)
        found = self.page.evaluate("() => results.at(-1)")
        assert "right" in found, found
        found["right"].pop("milliseconds")
        return dict(found["right"])

    def pick(self, path: Path) -> None:
        self.page.locator("edgeweb-hooks input[type=file]").set_input_files(path)

    def example(self, place: int) -> None:
        self.page.locator("edgeweb-hooks .examples button").nth(place).click()

    def paste(self, path: Path) -> None:
        self._transfer("paste", path)

    def drop(self, path: Path) -> None:
        self._transfer("drop", path)

    def _transfer(self, kind: str, path: Path) -> None:
        data = base64.b64encode(path.read_bytes()).decode()
        self.page.evaluate(TRANSFER, [kind, path.name, mimetypes.guess_type(path.name)[0] or "", data])

    def foreign(self) -> list[str]:
        """Addresses outside of the site."""
        return [url for url in self.requests if not url.startswith((self.url, "blob:", "data:"))]


@contextmanager
def visiting(browser: Browser, **options: Any) -> Iterator[Callable[[str], Visit]]:
    """Opens sites by their addresses, until the end."""
    contexts: list[BrowserContext] = []

    def go(url: str) -> Visit:
        context = browser.new_context(**options)
        contexts.append(context)
        requests: list[str] = []
        context.on("request", lambda request: requests.append(request.url))
        context.add_init_script(NOTE)
        page = context.new_page()
        page.goto(url)
        page.wait_for_function("() => document.documentElement.dataset.edgeweb === 'sealed'", timeout=90_000)
        return Visit(page, url, requests)

    yield go
    for context in contexts:
        context.close()
