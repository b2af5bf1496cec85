"""The page around a site that is worked on: what is served where, under which rules, and what its pages are told."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edgeweb_server
import pytest
from edgeweb_server.dev import Channel, create_dev_app
from edgeweb_server.errors import ServeError
from edgeweb_server.hosts import Hosts

PAGE, SCRIPT, STYLE = b"<!doctype html><title>dev</title>", b"export {}", b"body{}"
OWN = {"X-Frame-Options": "DENY", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
FRAMED = [{"source": "/*", "headers": {"Cache-Control": "no-cache", **OWN}}]


@pytest.fixture
def around(tmp_path: Path) -> Path:
    folder = tmp_path / "dev"
    folder.mkdir()
    for name, data in (("index.html", PAGE), ("dev.js", SCRIPT), ("dev.css", STYLE)):
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def get(around: Path, tmp_path: Path, client_for: Callable[[Any], Any]) -> Any:
    """A client of a site that is not built yet."""
    return client_for(create_dev_app(tmp_path / "site", around, Channel(), Hosts(["localhost"])))


HOST = {"host": "localhost"}


def test_the_page_listens_to_its_own_origin_alone(get: Any) -> None:
    found = get("/", **HOST)
    assert (found.status, found.body) == (200, PAGE)
    policy = found.headers["content-security-policy"]
    assert "connect-src 'self'" in policy and "unsafe" not in policy and "http" not in policy
    assert found.headers["cross-origin-opener-policy"] == "same-origin"
    assert found.headers["cross-origin-embedder-policy"] == "require-corp"
    assert found.headers["cache-control"] == "no-store"
    assert get("/.edgeweb-dev/dev.js", **HOST).body == SCRIPT
    assert get("/.edgeweb-dev/dev.css", **HOST).headers["content-type"].startswith("text/css")


def test_other_hosts_and_methods_are_refused(get: Any) -> None:
    assert get("/", host="evil.example").status == 421
    assert get("/site/", host="evil.example").status == 421
    assert get("/.edgeweb-dev/events", host="evil.example").status == 421
    assert get("/", "POST", **HOST).status == 405
    assert get("/nothing", **HOST).status == 404
    assert get("/.edgeweb-dev/../dev.js", **HOST).status == 404


def test_a_service_worker_that_was_left_at_this_address_ends_itself(get: Any) -> None:
    assert json.loads(get("/edgeweb.json", **HOST).body) == {"format": 1, "off": True}


def test_there_is_no_site_before_the_first_build_and_then_the_newest(
    get: Any, tmp_path: Path, make_site: Callable[..., Path]
) -> None:
    assert get("/site/", **HOST).status == 503
    make_site(tmp_path / "site")
    assert b"<title>t</title>" in get("/site/", **HOST).body
    shutil.rmtree(tmp_path / "site")
    make_site(tmp_path / "site", {"index.html": b"<!doctype html><title>another</title>"}, (), release="r2")
    assert b"another" in get("/site/", **HOST).body


def test_the_site_s_headers_are_its_own_but_for_the_frame(
    get: Any, tmp_path: Path, make_site: Callable[..., Path], client_of: Callable[..., Any]
) -> None:
    site = make_site(tmp_path / "site", rules=FRAMED)
    plain = client_of(site)
    for path in ("/", "/assets/app.js", "/nothing", "/edgeweb.json"):
        here, there = get(f"/site{path}", **HOST), plain(path)
        assert (here.status, here.body) == (there.status, there.body)
        assert "x-frame-options" not in here.headers
        assert here.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'self'"
        own = ("x-frame-options", "content-security-policy")
        assert {k: v for k, v in here.headers.items() if k not in own} == {
            k: v for k, v in there.headers.items() if k not in own
        }


def test_a_site_that_is_worked_on_is_never_kept(get: Any, tmp_path: Path, make_site: Callable[..., Path]) -> None:
    make_site(tmp_path / "site", {"index.html": b"x", "sw.js": b"y"}, ())
    assert get("/site/sw.js", **HOST).body == b"y"
    asked = get("/site/sw.js", service_worker="script", **HOST)
    assert b"reject" in asked.body and asked.headers["content-type"].startswith("text/javascript")


def test_a_browser_half_without_the_page_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="make setup"):
        create_dev_app(tmp_path / "site", tmp_path / "none", Channel(), Hosts(["*"]))


def test_everybody_is_told_the_newest_state_from_any_thread_until_it_is_over() -> None:
    channel = Channel()
    channel.tell({"number": 0})
    heard: list[list[int]] = [[], []]

    async def listen(own: list[int]) -> None:
        async for state in channel.states():
            assert state is not None
            own.append(state["number"])
            if all(each == [0] for each in heard):
                threading.Thread(target=channel.tell, args=({"number": 1},)).start()
            if all(1 in each for each in heard):
                threading.Thread(target=channel.close).start()

    async def both() -> None:
        await asyncio.wait_for(asyncio.gather(*map(listen, heard)), 10)

    asyncio.run(both())
    assert heard == [[0, 1], [0, 1]]


def test_a_port_that_is_taken_is_passed_over_unless_it_was_asked_for(around: Path, tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match="cannot be used"):
            edgeweb_server.develop(tmp_path / "site", around, Channel(), ports=(port,))
        seen: list[str] = []

        def ready(url: str) -> None:
            seen.append(url)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            edgeweb_server.develop(tmp_path / "site", around, Channel(), ports=(port, 0), on_ready=ready)
    assert seen and f":{port}/" not in seen[0]
