"""A site that a thread of this program serves into frames of other pages."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import edgeweb_server
import pytest
from edgeweb_server import ServeError

POLICY = "default-src 'none'; frame-ancestors 'none'"
RULES = [{"source": "/*", "headers": {"X-Frame-Options": "DENY", "Content-Security-Policy": POLICY}}]


def asked(url: str, path: str = "/", **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        found = connection.getresponse()
        return found.status, {name.lower(): value for name, value in found.getheaders()}, found.read()


def test_who_is_named_may_frame_it_and_nobody_else(tmp_path: Path, make_site: Callable[..., Path]) -> None:
    found = edgeweb_server.serve_in_background(
        make_site(tmp_path / "site", rules=RULES), ancestors="http://localhost:*"
    )
    try:
        status, headers, body = asked(found.url)
        assert status == 200 and b"<title>t</title>" in body
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors http://localhost:*"
        assert "x-frame-options" not in headers
        # What it kept would stand at this address when another site has the port.
        assert b"reject" in asked(found.url, "/sw.js", **{"Service-Worker": "script"})[2]
        assert asked(found.url, Host="evil.example")[0] == 421
    finally:
        found.close()


def test_it_ends_and_gives_its_port_back(tmp_path: Path, make_site: Callable[..., Path]) -> None:
    site, before = make_site(tmp_path / "site"), threading.active_count()
    first = edgeweb_server.serve_in_background(site, ancestors="'self'")
    port = urlsplit(first.url).port
    assert port and first.alive
    with pytest.raises(ServeError, match=f"Port {port} on 127.0.0.1 cannot be used"):
        edgeweb_server.serve_in_background(site, port, ancestors="'self'")
    first.close()
    first.close()
    first.wait()
    assert not first.alive and threading.active_count() == before
    again = edgeweb_server.serve_in_background(site, port, ancestors="'self'")
    assert again.url == first.url and asked(again.url)[0] == 200
    again.close()


def test_a_folder_that_is_no_site_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(ServeError):
        edgeweb_server.serve_in_background(tmp_path, ancestors="'self'")
