"""The ASGI application: finds the answer to a request and sends it, reading files a piece at a time."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from edgeweb_server.answer import BARE_HEADERS, Answer, Ask, problem
from edgeweb_server.desk import Desk
from edgeweb_server.hosts import HostCheck, Hosts

# What one download keeps in memory, twice: here and in the connection. A thousand at once must stay far below 150 MB.
_CHUNK_BYTES = 32 * 1024


def create_app(folder: str | os.PathLike[str], *, allowed_hosts: Iterable[str] | None = None) -> Starlette:
    """The application that serves a site, or every site in a folder.

    Args:
        folder: a site (it has an edgeweb.json), or a folder with sites in it.
        allowed_hosts: the only Host headers to answer, without ports; "*" or None answers any.

    Raises:
        ServeError: the folder cannot be served exactly as its manifest says.
    """
    return app_of(Desk(Path(folder)), Hosts(["*"] if allowed_hosts is None else allowed_hosts))


def app_of(desk: Desk, hosts: Hosts) -> Starlette:
    """The application in front of `desk`, for requests to these hosts."""
    middleware = [Middleware(HostCheck, hosts=hosts)]
    app = Starlette(middleware=middleware, exception_handlers={500: _defect})
    # Not a route: route patterns stop at a newline, and a path with one deserves its headers too.
    app.router.default = _Endpoint(desk)
    return app


def endpoint(desk: Desk) -> ASGIApp:
    """What sends the answers of `desk`, without a look at the host that is asked for."""
    return _Endpoint(desk)


def _defect(request: Request, error: Exception) -> Response:
    found = problem(500, "The server failed on this request.", BARE_HEADERS)
    return _whole(found, request.method)


class _Endpoint:
    """Sends what the desk answers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        ask = Ask.of(scope)
        # All that touches the disk before the first byte is one trip to a thread; most answers need no other.
        found, file = await anyio.to_thread.run_sync(self._desk.find, ask)
        if file is None:
            await _whole(found, ask.method)(scope, receive, send)
            return
        with file:
            await StreamingResponse(_chunks(file, found.part), found.status, found.headers)(scope, receive, send)


async def _chunks(file: BinaryIO, part: range) -> AsyncIterator[bytes]:
    left = len(part)
    file.seek(part.start)
    while left:
        chunk = await anyio.to_thread.run_sync(file.read, min(left, _CHUNK_BYTES))
        if not chunk:
            # The length is promised already; a cut connection is the only honest end.
            raise OSError(f"{file.name} became shorter while it was sent")
        left -= len(chunk)
        yield chunk


def _whole(found: Answer, method: str) -> Response:
    return Response(b"" if method == "HEAD" else found.body, found.status, found.headers)
