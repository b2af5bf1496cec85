"""What the tests of the service worker share: a site that is on the device, its store, and its updates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgeweb.manifest import read
from faults import FaultServer
from playwright.sync_api import BrowserContext, Page
from visits import Outcome, begin, running

Releases = tuple[Path, Path, Path]

# Every entry of the site's store: files, releases, state, pins.
ENTRIES = """async () => {
  const found = []
  for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) found.push(request.url.split('.edgeweb/')[1])
  return found.sort()
}"""

# For a failure: the service workers by their state, and the caches.
LEFT = """async () => {
  const states = ({ active, waiting, installing }) => [active, waiting, installing].map((worker) => worker?.state ?? '').join()
  return [(await navigator.serviceWorker.getRegistrations()).map(states), await caches.keys()]
}"""

# What the page's interface holds for its own buttons.
UPDATES = "document.querySelector('edge-model').firstElementChild.updates"

EVICT = """async ([entry, change]) => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    const key = new URL(`.edgeweb/${entry}`, location.href).href
    const found = await cache.match(key)
    if (!found) continue
    const bytes = new Uint8Array(await found.arrayBuffer())
    await cache.delete(key)
    bytes[bytes.length >> 1] ^= 1
    if (change === 'flip') await cache.put(key, new Response(bytes, { headers: found.headers }))
  }
}"""


def installed(context: BrowserContext, server: FaultServer) -> Page:
    """A first visit, until everything is on the device."""
    page = begin(context, server.url)
    found = running(page)
    assert found.ready, found
    on_the_device(page)
    return page


def on_the_device(page: Page) -> None:
    """Until the page says that it works without a network: then the service worker has fetched the whole release."""
    until(page, f"{UPDATES}?.state.offline === 'ready'")


def until(page: Page, expression: str, seconds: float = 60) -> None:
    """wait_for_function() would need eval(), which the site's policy forbids."""
    poll = f"""async (seconds) => {{
      const end = performance.now() + seconds * 1000
      while (!(await ({expression})) && performance.now() < end) await new Promise((done) => setTimeout(done, 50))
      return !!(await ({expression}))
    }}"""
    assert page.evaluate(poll, seconds), (
        expression,
        page.evaluate(LEFT),
        page.evaluate("document.documentElement.innerText"),
    )


def complete(page: Page, server: FaultServer) -> None:
    """Until what the runtime was cut from is there too."""
    manifest = read(server.folder)
    for path in manifest.runtimes["full"].wasm if "full" in manifest.runtimes else []:
        until(page, f"({ENTRIES})().then((found) => found.includes('{manifest.files[path].sha256}'))")


def asked(server: FaultServer) -> set[str]:
    """What was asked for, without what the runtime was cut from: the service worker fetches that at its leisure."""
    return set(server.paths()) - set(read(server.folder).runtimes["full"].wasm)


def again(page: Page) -> Outcome:
    page.reload(wait_until="commit")
    return running(page)


def updates(page: Page, call: str) -> Any:
    """What the page does when one of its own buttons is pressed, or knows for them."""
    return page.evaluate(f"{UPDATES}.{call}")


def differing(old: Path, new: Path) -> set[str]:
    """The files that `new` has and `old` has not in the same bytes, without sidecars and what no visitor fetches."""
    before, after = (json.loads((folder / "edgeweb.json").read_text())["files"] for folder in (old, new))
    known = {entry["sha256"] for entry in before.values()}
    skipped = ("report", "THIRD_PARTY", "edgeweb.d.ts", "sw.js", "card.md", "bom.json", "provenance.json")
    return {path for path, entry in after.items() if entry["sha256"] not in known and not path.startswith(skipped)}


def told(page: Page) -> dict[str, Any]:
    """What the model says of its release."""
    found: dict[str, Any] = page.evaluate("watched.model.release")
    return found


def after(change: Callable[[], object], page: Page, title: str) -> dict[str, Any]:
    """Once it is changed and the page has looked, the next visit has this title."""
    change()
    assert updates(page, "check()") is True
    assert again(page).title == title
    return told(page)
