"""A site that is worked on: a page around it hears of every build, and shows its errors over the last good one."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from edgeweb_server.answer import BARE_HEADERS, problem
from edgeweb_server.app import endpoint
from edgeweb_server.desk import Desk
from edgeweb_server.errors import ServeError
from edgeweb_server.framed import Framed
from edgeweb_server.hosts import HostCheck, Hosts

# Nothing of a site is called so: its folders are `assets`, `report` and `hosts`.
_OWN, _SITE = "/.edgeweb-dev/", "/site"
_SCRIPT = f"{_OWN}dev.js"
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    _SCRIPT: ("dev.js", "text/javascript; charset=utf-8"),
    f"{_OWN}dev.css": ("dev.css", "text/css; charset=utf-8"),
}
# The page around the site may listen to this server; the site's own policy stays as it is built.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types"
)
# A frame of the same origin can only be reached by a page that is kept apart as it is.
_HEADERS = {
    **BARE_HEADERS, "cache-control": "no-store", "content-security-policy": _POLICY, "origin-agent-cluster": "?1",
}  # fmt: skip
# A service worker that a served site has left at this address ends itself when it reads this.
_OFF = b'{"format": 1, "off": true}\n'
_ALIVE_SECONDS = 15.0


class Channel:
    """What pages are told, from any thread: the newest state of affairs, to everybody who listens."""

    def __init__(self) -> None:
        self._state: Mapping[str, Any] = {}
        self._over = False
        self._lock = threading.Lock()
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def tell(self, state: Mapping[str, Any]) -> None:
        """Everybody learns of this state, who comes later too."""
        self._state = state
        self._wake()

    def close(self) -> None:
        """Let every page go."""
        self._over = True
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            for loop, event in self._listeners:
                # The server may have ended while a build goes on.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(event.set)

    async def states(self) -> AsyncIterator[Mapping[str, Any] | None]:
        """The state now and each that follows; None now and then, so that a client that has gone is noticed."""
        listener = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            self._listeners.add(listener)
        try:
            listener[1].set()
            while True:
                try:
                    await asyncio.wait_for(listener[1].wait(), _ALIVE_SECONDS)
                except TimeoutError:
                    yield None
                    continue
                listener[1].clear()
                if self._over:
                    return
                yield self._state
        finally:
            with self._lock:
                self._listeners.discard(listener)


def create_dev_app(folder: Path, around: Path, channel: Channel, hosts: Hosts) -> Starlette:
    """The application.

    Args:
        folder: where the site is, as soon as a first build has succeeded.
        around: the folder of the page around it.
        channel: what that page is told.
        hosts: what requests may be addressed to.

    Raises:
        ServeError: the page around it is not there.
    """
    app = Starlette(middleware=[Middleware(HostCheck, hosts=hosts)])
    app.router.default = _Dev(folder, _pages(around), channel)
    return app


def _pages(around: Path) -> dict[str, tuple[bytes, str]]:
    try:
        return {path: ((around / name).read_bytes(), kind) for path, (name, kind) in _FILES.items()}
    except OSError as error:
        reason = error.strerror or str(error)
        raise ServeError(f"{around} cannot be read", reason, "Build the browser half again: make setup") from error


class _Dev:
    """The page around the site, what it listens to, and below `/site/` the site."""

    def __init__(self, folder: Path, pages: Mapping[str, tuple[bytes, str]], channel: Channel) -> None:
        self._folder, self._pages, self._channel = folder, pages, channel
        self._site: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if path.startswith(f"{_SITE}/"):
            await self._of_site(scope, receive, send)
            return
        await self._answer(path, str(scope.get("method", "")))(scope, receive, send)

    def _answer(self, path: str, method: str) -> Response:
        if method not in ("GET", "HEAD"):
            return _plain(405, "Only GET and HEAD are answered.")
        if path == f"{_OWN}events":
            return StreamingResponse(_events(self._channel), headers=_HEADERS, media_type="text/event-stream")
        if path == "/edgeweb.json":
            return Response(_OFF, headers=_HEADERS, media_type="application/json")
        if path in self._pages:
            data, kind = self._pages[path]
            return Response(data, headers={**_HEADERS, "content-type": kind})
        return _plain(404, f"There is nothing here; the site is at {_SITE}/.")

    async def _of_site(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._site is None:
            try:
                self._site = Framed(endpoint(await anyio.to_thread.run_sync(Desk, self._folder)), "'self'")
            except ServeError:
                await _plain(503, "The site is not built yet.")(scope, receive, send)
                return
        await self._site({**scope, "root_path": _SITE}, receive, send)


def _plain(status: int, sentence: str) -> Response:
    found = problem(status, sentence, BARE_HEADERS)
    return Response(found.body, found.status, found.headers)


async def _events(channel: Channel) -> AsyncIterator[bytes]:
    # The server may be started anew while the page stays open.
    yield b"retry: 500\n\n"
    async for state in channel.states():
        yield b": alive\n\n" if state is None else b"data: " + json.dumps(state).encode() + b"\n\n"
