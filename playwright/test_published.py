"""Sites as real hosts serve them, after real deployments: ready, isolated, checked, offline; a second release, and back."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hosts
import pytest
from edgeweb import manifest
from edgeweb.release import folder as releases
from harness import edgeweb
from offline import Releases, again, on_the_device, updates
from playwright.sync_api import Browser
from visits import begin, fresh, running

# The folders of wrangler and of a Node that it runs on, as PATH has them; `make test-hosts` makes them.
WRANGLER = os.environ.get("EDGEWEB_WRANGLER", "")

pytest_plugins = ("site_fixtures", "offline_fixtures")
pytestmark = pytest.mark.thorough


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


@pytest.mark.skipif(not WRANGLER, reason="EDGEWEB_WRANGLER names no folders of wrangler and Node")
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


def _nginx(place: Path, room: Path, port: int) -> list[str | Path]:
    conf = room / "nginx.conf"
    conf.write_text(
        f"daemon off; master_process off; pid {room}/pid; error_log {room}/errors; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {room}/b; proxy_temp_path {room}/p; fastcgi_temp_path {room}/f;"
        f" uwsgi_temp_path {room}/u; scgi_temp_path {room}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; root {place}; include {place}/hosts/nginx.conf; }} }}\n"
    )
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or ""
    return [program, "-c", conf, "-e", room / "errors"]


def _caddy(place: Path, room: Path, port: int) -> list[str | Path]:
    conf = room / "Caddyfile"
    conf.write_text(
        "{\n\tadmin off\n\tauto_https off\n}\n"
        f"http://127.0.0.1:{port} {{\n\troot * {place}\n\timport {place}/hosts/Caddyfile\n}}\n"
    )
    return [shutil.which("caddy") or "", "run", "--config", conf, "--adapter", "caddyfile"]


@pytest.mark.parametrize("server", [_nginx, _caddy], ids=["nginx", "caddy"])
def test_releases_on_a_server_of_ones_own(
    server: Callable[[Path, Path, int], list[str | Path]], chromium: Browser, three: Releases, tmp_path: Path
) -> None:
    """Deployed with the command, looked at by the doctor, visited; a second release, and back; then without the server."""
    place, www, room, port = tmp_path / "releases", tmp_path / "www", tmp_path / "room", _free()
    room.mkdir()
    for site in three[:2]:
        releases.add(site, place)
    second = manifest.read(three[1]).release
    config = tmp_path / "edgeweb.toml"
    config.write_text(f'[deploy.live]\ntarget = "folder:{www}"\nurl = "http://127.0.0.1:{port}/"\n')

    def deployed(*more: str) -> None:
        done = edgeweb("deploy", place, "live", "--config", config, *more)
        assert done.returncode == 0, done.stdout + done.stderr

    deployed("--no-doctor")
    command = server(www, room, port)
    if not command[0]:
        pytest.skip("it is not installed")
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run,
        fresh(chromium) as context,
    ):
        try:
            _until_open(port)
            page = begin(context, f"http://127.0.0.1:{port}/")
            assert running(page).title == "Times 2"
            assert page.evaluate("crossOriginIsolated")
            on_the_device(page)
            for change, title in (
                (lambda: releases.promote(second, place), "Times 3"),
                (lambda: releases.rollback(place), "Times 2"),
            ):
                change()
                deployed()
                assert updates(page, "check()") is True
                assert again(page).title == title
        finally:
            run.terminate()
            run.wait()
        assert again(page).title == "Times 2"


def _until_open(port: int) -> None:
    limit = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < limit, "the server did not start"
            time.sleep(0.05)
