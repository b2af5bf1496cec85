"""Two visits to a site by a browser of this machine: with a network, and after that without one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgeweb.doctor.browser import devtools
from edgeweb.doctor.browser.devtools import DevTools
from edgeweb.doctor.common import Checked, Finding, several
from edgeweb.errors import printable
from edgeweb.machine import browsers, scratch
from edgeweb.machine.browsers import NoBrowserError

NAMES = ("ready", "isolated", "parity", "foreign", "offline")
# No address is found, and what is not looked up goes to a proxy that is not there.
_DEAD = ("--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>")
_LOOK_EVERY_S = 0.2
_OWN = ("blob:", "data:", "about:", "chrome:", "chrome-error:", "devtools:")
# Before anything of the page: its model, and what it tells visitors when there is none.
_WATCH = """(() => {
  const below = (each) => [each, ...(each.shadowRoot ? within(each.shadowRoot) : [])]
  const within = (root) => [...root.querySelectorAll('*')].flatMap(below)
  const told = () => {
    const shown = within(document).filter((each) => each.matches('.problem, [role=alert]') && !each.matches('.stuck'))
    const seen = shown.filter((each) => each.checkVisibility({ visibilityProperty: true }))
    return seen.map((each) => each.textContent.trim().replace(/\\s+/g, ' ')).find((text) => text !== '') ?? ''
  }
  let model
  document.addEventListener('edge-ready', (event) => { model = event.detail }, true)
  globalThis.edgewebDoctor = () => ({
    ready: model !== undefined, told: told(), isolated: crossOriginIsolated, secure: isSecureContext,
    backend: model && { name: model.backend.name, threads: model.backend.threads, parity: model.backend.parity },
    offline: document.querySelector('edge-model')?.firstElementChild?.updates?.state?.offline ?? '',
    controlled: navigator.serviceWorker?.controller != null,
  })
})()"""


@dataclass
class Seen:
    """What a visit came to: what the page says of itself, and every address that it or its workers asked for, by its
    request.
    """

    page: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)


def checked(url: str, seconds: float, on_step: Callable[[str], None]) -> list[Checked]:
    """What a browser makes of the site at an address; `seconds`: for each of two visits."""
    try:
        browser = browsers.find()
        on_step(f"opening it in {browser.name}")
        with scratch.folder() as profile:
            first = _visit(browser, profile, url, seconds, waits=True)
            on_step("opening it again, without a network")
            again = _visit(browser, profile, url, seconds, _DEAD) if _kept(first) else None
    except NoBrowserError as error:
        return [Checked(name, "skipped", f"no browser: {error}") for name in NAMES]
    return [Checked.of(name, found) for name, found in _judged(url, browser, first, again, seconds)]


def _kept(seen: Seen) -> bool:
    return seen.page.get("offline") == "ready"


def _visit(
    browser: Path, profile: Path, url: str, seconds: float, flags: tuple[str, ...] = (), waits: bool = False
) -> Seen:
    """`waits`: until everything is kept for a visit without a network, too."""
    seen = Seen()
    tools: list[DevTools] = []
    sessions: list[str] = []

    def listen(event: str, found: dict[str, Any], session: str) -> None:
        if event == "Network.requestWillBeSent":
            seen.asked[str(found["requestId"])] = str(found["request"]["url"])
        elif event == "Network.loadingFailed" and found.get("blockedReason"):
            # It never left the browser: the page's policy forbade it.
            seen.asked.pop(str(found["requestId"]), None)
        elif event == "Target.attachedToTarget" and tools:
            its = found["sessionId"]
            if found["targetInfo"]["type"] == "page":
                sessions.append(its)
                tools[0].send("Page.addScriptToEvaluateOnNewDocument", its, source=_WATCH)
            tools[0].send("Network.enable", its)
            _attach(tools[0], its)
            tools[0].send("Runtime.runIfWaitingForDebugger", its)

    with devtools.started(browser, profile, listen, flags) as found:
        tools.append(found)
        _attach(found)
        found.ask("Target.createTarget", url="about:blank")
        until = time.monotonic() + seconds
        while not sessions and time.monotonic() < until:
            time.sleep(_LOOK_EVERY_S)
        if not sessions:
            raise NoBrowserError(f"{browser.name} opens no page")
        page = sessions[-1]
        found.ask("Page.enable", page)
        found.ask("Page.navigate", page, url=url)
        while time.monotonic() < until:
            seen.page = _told(found, page) or seen.page
            if _over(seen.page, waits):
                break
            time.sleep(_LOOK_EVERY_S)
    return seen


def _attach(tools: DevTools, session: str = "") -> None:
    """Workers too are watched from their first request on."""
    tools.send("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)


def _told(tools: DevTools, page: str) -> dict[str, Any]:
    text = tools.value(page, "globalThis.edgewebDoctor ? JSON.stringify(edgewebDoctor()) : ''")
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def _over(page: dict[str, Any], waits: bool) -> bool:
    if page.get("told"):
        return True
    return bool(page.get("ready")) and (not waits or page.get("offline") not in ("", "saving"))


def _judged(url: str, browser: Path, first: Seen, again: Seen | None, seconds: float) -> Iterator[tuple[str, Finding]]:
    page, name = first.page, browser.name.capitalize()
    backend = page.get("backend") or {}
    yield "ready", _ready(page, name, backend, seconds)
    if page.get("ready"):
        yield "isolated", _isolated(page)
        yield "parity", _parity(backend)
    else:
        for each in ("isolated", "parity"):
            yield each, Finding("skipped", "the page did not come to it")
    foreign = sorted({each for each in first.asked.values() if not each.startswith((url, *_OWN))})
    yield "foreign", _foreign(foreign, sum(each.startswith(url) for each in first.asked.values()))
    yield "offline", _offline(page, again, seconds)


def _ready(page: dict[str, Any], name: str, backend: dict[str, Any], seconds: float) -> Finding:
    if page.get("ready"):
        threads = backend.get("threads")
        many = f"{threads} thread{'' if threads == 1 else 's'}"
        return Finding("pass", f"the page is ready in {name}: {backend.get('name')}, {many}")
    why = printable(page.get("told") or f"nothing for {seconds:.0f} s", 200)
    return Finding("fail", f"the page does not become ready in {name}: {why}", "Visitors cannot use it", _SEE)


_SEE = "Mend the checks above first; the browser's own console says more"


def _isolated(page: dict[str, Any]) -> Finding:
    if page.get("isolated"):
        return Finding("pass", "cross-origin isolated on the first visit")
    consequence = "One thread on the first visit; from the second on the service worker isolates the page"
    return Finding("warn", "the page is not cross-origin isolated on the first visit", consequence, _SEE)


def _parity(backend: dict[str, Any]) -> Finding:
    if backend.get("parity") == "passed":
        return Finding("pass", "the golden case gives the builder's numbers")
    return Finding("skipped", "the model has no golden case")


def _foreign(foreign: list[str], count: int) -> Finding:
    if not foreign:
        return Finding("pass", f"{count} requests, all of the site itself")
    what = f"the page asks other origins: {printable(several(foreign), 300)}"
    return Finding(
        "fail", what, "Somebody else learns of the visit", "See what the host adds to the page (pages, privacy)"
    )


def _offline(page: dict[str, Any], again: Seen | None, seconds: float) -> Finding:
    consequence = "Visitors need a network each time"
    if not page.get("secure"):
        return Finding("skipped", "browsers keep nothing of a site that is served without TLS")
    if again is None:
        state = page.get("offline") or "not begun"
        return Finding("fail", f"nothing is kept for a visit without a network ({state})", consequence, _SEE)
    if again.page.get("ready"):
        where = ", isolated" if again.page.get("isolated") else ""
        return Finding("pass", f"ready again after a restart, without a network{where}")
    why = printable(again.page.get("told") or f"nothing for {seconds:.0f} s", 200)
    return Finding("fail", f"without a network the page does not become ready: {why}", consequence, _SEE)
