"""Canaries in what a visitor enters, and every way out that a script could try: nothing arrives at anybody, the site's own host included."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import egress
import models
import pytest
from faults import FaultServer
from harness import ROOT, some
from hosts import Host, built
from loopback import Loop
from made import Made
from offline import complete, on_the_device
from playwright.sync_api import Browser, BrowserContext, Error, Page, Worker, expect
from sinks import HttpSink, UdpSink, canaries
from visits import begin, fresh, go, running

pytest_plugins = ("site_fixtures",)
PICTURE = ROOT / "builder" / "edgeweb" / "sample" / "examples" / "example-1.png"
NUMBER = "79191357"

PATIENCE_S = 20
Arrived = dict[str, set[str]]
# What no browser sends even from a page without any policy, or only without a byte that could be searched: shown below, not assumed.
SILENT = {"backgroundfetch", "dnsprefetch", "manifest", "messages", "preconnect", "webtransport", "wwebtransport"}
UNKNOWN_TO_FIREFOX = {"fetchlater", "ping", "prefetch", "speculation"}


@dataclass
class Outside:
    """Whoever is not the site: by HTTP, WebSocket and, at the same port, UDP."""

    http: HttpSink
    udp: UdpSink

    def reset(self) -> None:
        self.http.reset()
        self.udp.reset()


@pytest.fixture
def outside(loop: Loop) -> Iterator[Outside]:
    http = HttpSink(loop)
    found = Outside(http, UdpSink(loop, http.port))
    yield found
    found.http.close()
    found.udp.close()


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory, made: Made) -> dict[str, Path]:
    """A site for pictures, one for texts, one for table rows."""
    folder = tmp_path_factory.mktemp("kinds")
    text = built(models.shout(folder / "shout.onnx"), folder / "site")
    return {"image": made("digits"), "text": text, "tabular": made("fruit")}


def new_canary() -> str:
    return f"canary{secrets.token_hex(4)}"


def enter_picture(page: Page, canary: str) -> None:
    picture = PICTURE.read_bytes() + f"{canary}-ui".encode()
    page.locator("input[type=file]").first.set_input_files(
        {"name": f"{canary}-ui.png", "mimeType": "image/png", "buffer": picture}
    )
    expect(page.locator("edgeweb-image").get_by_text("%").first).to_be_visible(timeout=20_000)


def enter_text(page: Page, canary: str) -> None:
    page.get_by_role("textbox", name="text", exact=True).fill(f"{canary}-ui")
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_text(f"{canary}-ui".upper()).first).to_be_visible(timeout=20_000)


def enter_row(page: Page, canary: str) -> None:
    page.get_by_label("weight").fill(NUMBER)
    page.get_by_label("redness").fill("0.9")
    page.get_by_label("orchard").select_option("south")
    page.get_by_role("button", name="Predict").first.click()
    expect(page.get_by_text("apple").first).to_be_visible(timeout=20_000)
    rows = f"redness,weight,orchard\n0.1,{NUMBER},north\n"
    page.locator("input[type=file]").first.set_input_files(
        {"name": f"{canary}-ui.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    expect(page.get_by_role("cell", name="lemon").first).to_be_visible(timeout=20_000)


ENTER: dict[str, Callable[[Page, str], None]] = {"image": enter_picture, "text": enter_text, "tabular": enter_row}


def sealed(context: BrowserContext, server: FaultServer) -> Page:
    page = begin(context, server.url)
    found = running(page)
    assert found.ready, found.told
    assert found.sealed
    return page


def arrived(server: FaultServer, outside: Outside, canary: str) -> Arrived:
    """Which channels brought a canary where; UDP counts with every datagram."""
    udp = {"datagram"} if outside.udp.datagrams else set()
    return {
        "site": canaries(server.received(), canary),
        "outside": canaries(outside.http.received(), canary),
        "udp": udp,
    }


def tries(
    page: Page | Worker, script: str, server: FaultServer, outside: Outside, silent: set[str] | None = None
) -> tuple[set[str], Arrived]:
    """Run `script` towards the outside and the site itself: what it tried, and what arrived.

    `silent`: what is not waited for; the rest is to arrive, and on a busy machine takes its time. None: nothing is.
    """
    canary = new_canary()
    outside.reset()
    tried: set[str] = set()
    for target in (outside.http.url, server.url):
        tried |= set(page.evaluate(script, [target, canary]))
    end = time.monotonic() + (0 if silent is None else PATIENCE_S)
    while True:
        found = arrived(server, outside, canary)
        if time.monotonic() >= end or tried - found["site"] - found["outside"] <= (silent or set()):
            return tried, found
        time.sleep(0.1)


def leaves(
    pages: dict[str, Page], ready: Callable[[Page], object], server: FaultServer, outside: Outside, wanted: Arrived
) -> Arrived:
    """Each way of leaving a page, or of opening another, to the outside and to the site itself; `pages` has one for each.

    `wanted`: what is waited for, as long as a busy machine may take.
    """
    canary = new_canary()
    outside.reset()
    for place, target in (("outside", outside.http.url), ("site", server.url)):
        for page in pages.values():
            go(page, server.url)
        for name, page in pages.items():
            # The site itself is reached or not by what its service worker does, which needs no model.
            if target != server.url:
                ready(page)
            page.evaluate(egress.LEAVING[name], f"{target}x?{canary}-{name}")
        pause = next(iter(pages.values())).wait_for_timeout
        pause(800)
        end = time.monotonic() + PATIENCE_S
        while not arrived(server, outside, canary)[place] >= wanted[place] and time.monotonic() < end:
            pause(200)
    return arrived(server, outside, canary)


FIREFOX_UDP: Arrived = {"site": set(), "outside": set(), "udp": {"datagram"}}
LEAVES: dict[str, Arrived] = {
    # A download of the site's own address is asked for past the service worker.
    "chromium": {"site": {"download"}, "outside": set(), "udp": set()},
    # No Connection-Allowlist there: a script that leaves the page takes along what it likes. Forms are closed.
    "firefox": {"site": set(), "outside": set(egress.LEAVING) - {"submit", "reload"}, "udp": set()},
}
NOWHERE: Arrived = {"site": set(), "outside": set(), "udp": set()}


@pytest.mark.alike
def test_the_sinks_see_what_an_open_page_sends(browser: Browser, host: Host, outside: Outside, tmp_path: Path) -> None:
    """Without this, silence would prove nothing: the same tries from a page without any policy."""
    (tmp_path / "index.html").write_text("<!doctype html><title>open</title><body><iframe hidden></iframe>")
    server = host(tmp_path, headers=False)
    silent = SILENT | (UNKNOWN_TO_FIREFOX if browser.browser_type.name == "firefox" else set())
    with fresh(browser) as context:
        for script in (egress.IN_PAGE, egress.IN_HOSTILE_WORKER):
            for _ in range(3):
                tried, found = tries(begin(context, server.url), script, server, outside, silent)
                # Firefox on a busy machine: a worker that makes workers may hang with one of them.
                if "did not answer" not in tried:
                    break
            assert len(tried) > 10, tried
            assert tried - found["site"] - found["outside"] <= silent
        _, found = tries(begin(context, server.url), egress.WEBRTC, server, outside)
        assert found["udp"]
        ways = set(some(list(egress.LEAVING), browser))
        wanted = {"site": ways, "outside": ways - {"reload"}}
        found = leaves({name: context.new_page() for name in ways}, lambda _: None, server, outside, wanted)
    assert found["site"] >= wanted["site"]
    assert found["outside"] >= wanted["outside"]


@pytest.mark.parametrize("kind", list(ENTER))
def test_what_is_entered_goes_nowhere(
    kind: str, browser: Browser, kinds: dict[str, Path], host: Host, outside: Outside
) -> None:
    server = host(kinds[kind])
    with fresh(browser) as context:
        page = sealed(context, server)
        on_the_device(page)
        complete(page, server)
        canary = new_canary()
        ENTER[kind](page, canary)
        page.wait_for_timeout(300)
        assert arrived(server, outside, canary) == NOWHERE
        assert NUMBER.encode() not in server.received() + outside.http.received()
        assert server.quiet() > 0.3, "the page asked for something while it was used"
        for _ in range(3):
            tried, found = tries(page, egress.IN_HOSTILE_WORKER, server, outside)
            assert found == NOWHERE
            # Firefox on a busy machine, as above.
            if "did not answer" not in tried:
                break
        assert len(tried) > 10, tried
        # Firefox's tools list its workers, but do not reach into them.
        for worker in page.workers if browser.browser_type.name == "chromium" else []:
            tried, found = tries(worker, egress.IN_WORKER, server, outside)
            assert (len(tried) > 10, found) == (True, NOWHERE)
        _, found = tries(page, egress.IN_PAGE, server, outside)
        assert found == NOWHERE
        assert webrtc(page, server, outside) == (FIREFOX_UDP if browser.browser_type.name == "firefox" else NOWHERE)


def webrtc(page: Page, server: FaultServer, outside: Outside) -> Arrived:
    """What WebRTC sends. Chromium ends a page that tries in spite of its Connection-Allowlist."""
    outside.reset()
    try:
        tries(page, egress.WEBRTC, server, outside)
    except Error as error:
        if "crashed" not in error.message:
            raise
    return arrived(server, outside, "canary")


@pytest.mark.parametrize(("name", "headers"), [("chromium", True), ("chromium", False), ("firefox", True)])
def test_leaving_the_page_takes_nothing_along(
    name: str, headers: bool, request: pytest.FixtureRequest, kinds: dict[str, Path], host: Host, outside: Outside
) -> None:
    """On a host without headers it is the service worker that sends them."""
    server = host(kinds["text"], headers=headers)
    browser: Browser = request.getfixturevalue(name)
    ways = list(egress.LEAVING)
    if not (name == "chromium" and headers):
        ways = list(some(ways, browser))
    wanted = {place: those & {*ways, "datagram"} for place, those in LEAVES[name].items()}
    with fresh(browser) as context:
        page = sealed(context, server)
        page.evaluate("async () => { await navigator.serviceWorker.ready }")
        pages = {way: context.new_page() for way in ways}
        found = leaves(pages, running, server, outside, wanted)
    assert found == wanted
