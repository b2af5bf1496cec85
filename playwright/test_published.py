"""A site as Cloudflare Pages serves it, by `wrangler pages dev`: ready, isolated and checked, offline, nothing stale."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import hosts
import pytest
from playwright.sync_api import Browser

# The folders of wrangler and of a Node that it runs on, as PATH has them; `make test-hosts` makes them.
WRANGLER = os.environ.get("EDGEWEB_WRANGLER", "")

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not WRANGLER, reason="EDGEWEB_WRANGLER names no folders of wrangler and Node"),
]


def _free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answer(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        found = connection.getresponse()
        return found.status, {name.lower(): value for name, value in found.getheaders()}, found.read()
    finally:
        connection.close()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    site, room, found = hosts.built(hosts.MODEL, tmp_path / "dist"), tmp_path / "room", _free()
    room.mkdir()
    own = {"PATH": os.pathsep.join((WRANGLER, os.environ["PATH"])), "CI": "1", "WRANGLER_SEND_METRICS": "false"}
    words = ["wrangler", "pages", "dev", str(site), "--ip", "127.0.0.1", "--port", str(found)]
    environment = {**os.environ, **own}
    with subprocess.Popen(
        words, cwd=room, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        try:
            limit = time.monotonic() + 60
            while True:
                try:
                    if _answer(found, "/edgeweb.json")[0] == 200:
                        break
                except OSError:
                    assert time.monotonic() < limit, "wrangler did not start"
                    time.sleep(0.2)
            yield found
        finally:
            run.terminate()


def test_as_cloudflare_serves_it(port: int, chromium: Browser) -> None:
    status, headers, body = _answer(port, "/assets/nosuch.onnx")
    assert status == 404
    assert "max-age" not in headers.get("cache-control", "")
    assert b"<h1>" in body
    assert "immutable" not in _answer(port, "/")[1]["cache-control"]
    with chromium.new_context() as context:
        page, url = context.new_page(), f"http://localhost:{port}/"
        page.goto(url)
        page.get_by_text("Checked on this device").first.wait_for(timeout=60_000)
        assert page.evaluate("crossOriginIsolated")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_timeout(3000)
        context.set_offline(True)
        page.goto(url)
        page.get_by_text("Checked on this device").first.wait_for(timeout=60_000)
        assert page.evaluate("crossOriginIsolated")
