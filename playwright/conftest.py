"""Real sites in real browsers: builds through the command line, serves with the real server, drives the system's Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from harness import QUIET, Served, Watched, environment
from made import Made, site
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

# That many test files share a Firefox.
FILES_EACH = 4


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A site that other tests use too, by its name in made.py."""
    base = tmp_path_factory.getbasetemp()
    # Each of several processes has its folder below one of the whole run.
    root = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "made"
    return partial(site, root)


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Path], Served]]:
    """Serve folders until the end of the file: even a server that has nothing to do takes memory, and wakes now and then."""
    running: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> Served:
        command = [sys.executable, "-m", "edgeweb.cli", "serve", str(folder), "--port", "0", "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"edgeweb serve {folder} did not start"
        return Served(json.loads(line)["url"], folder)

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(driver: Playwright) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("No Chromium: install it with `apt-get install chromium`, or let `make test` do it as root.")
    browser = driver.chromium.launch(executable_path=path, args=[*QUIET, "--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def another_firefox(driver: Playwright) -> Iterator[Callable[[], Browser]]:
    """The Firefox for the next file: its start costs as much as two visits, but it keeps what closed contexts held, and
    would grow to gigabytes over a whole run."""
    with ExitStack() as running:
        browser: Browser | None = None
        files = 0

        def following() -> Browser:
            nonlocal browser, files
            if browser is None or files == FILES_EACH or not browser.is_connected():
                running.close()
                browser, files = running.enter_context(_firefox(driver)), 0
            files += 1
            return browser

        yield following


@pytest.fixture(scope="module")
def firefox(another_firefox: Callable[[], Browser]) -> Browser:
    return another_firefox()


@pytest.fixture(scope="module")
def old_firefox(driver: Playwright) -> Iterator[Browser]:
    """Without JavaScript promise integration, as browsers were, and WebKit is."""
    with _firefox(driver, {"javascript.options.wasm_js_promise_integration": False}) as browser:
        yield browser


@contextmanager
def _firefox(driver: Playwright, more: Mapping[str, bool] = MappingProxyType({})) -> Iterator[Browser]:
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        pytest.fail("No Firefox: install it with `apt-get install firefox-esr`, or let `make test` do it as root.")
    # A stock Firefox, driven by WebDriver BiDi. It would not ask a STUN server on this machine, where the test has one.
    prefs: dict[str, str | float | bool] = {"media.peerconnection.ice.loopback": True, **more}
    browser = driver.firefox.launch(channel="moz-firefox", executable_path=path, firefox_user_prefs=prefs)
    yield browser
    browser.close()


@pytest.fixture
def watch(chromium: Browser) -> Iterator[Callable[..., Watched]]:
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Watched:
        context = chromium.new_context(**options)
        contexts.append(context)
        watched = Watched(context.new_page())
        context.on("request", lambda request: watched.requests.append(request.url))
        watched.page.on("console", lambda message: watched.console.append(f"{message.type}: {message.text}"))
        watched.page.on("pageerror", lambda error: watched.console.append(f"pageerror: {error}"))
        return watched

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def origin_sink() -> Iterator[tuple[str, list[str]]]:
    """A second origin that notes whoever connects to it."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    seen: list[str] = []

    class Sink(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()
