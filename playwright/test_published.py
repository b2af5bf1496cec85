"""A site as Cloudflare Pages serves it, by `wrangler pages dev`: ready, isolated and checked, offline, nothing stale."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hosts
import pytest
from offline import again, on_the_device
from playwright.sync_api import Browser
from visits import begin, fresh, running

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


@contextmanager
def wrangler(site: Path, room: Path) -> Iterator[int]:
    """Serve a site as Cloudflare Pages does; the port."""
    found = _free()
    room.mkdir()
    own = {"PATH": os.pathsep.join((WRANGLER, os.environ["PATH"])), "CI": "1", "WRANGLER_SEND_METRICS": "false"}
    words = ["wrangler", "pages", "dev", str(site), "--ip", "127.0.0.1", "--port", str(found)]
    with subprocess.Popen(
        words, cwd=room, env={**os.environ, **own}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
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


def test_as_cloudflare_serves_it(chromium: Browser, tmp_path: Path) -> None:
    site = hosts.built(hosts.MODEL, tmp_path / "dist")
    with fresh(chromium) as context:
        with wrangler(site, tmp_path / "room") as port:
            status, headers, body = _answer(port, "/assets/nosuch.onnx")
            assert (status, b"<h1>" in body) == (404, True)
            assert "max-age" not in headers.get("cache-control", "")
            assert "immutable" not in _answer(port, "/")[1]["cache-control"]
            page = begin(context, f"http://localhost:{port}/")
            first = running(page)
            assert first.ready
            assert page.evaluate("crossOriginIsolated")
            on_the_device(page)
        # Its page's own name is sent on to the folder there, which a service worker may not follow.
        found = again(page)
        assert (found.ready, found.outputs) == (True, first.outputs)
        assert page.evaluate("crossOriginIsolated")
