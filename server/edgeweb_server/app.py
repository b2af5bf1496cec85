"""The ASGI application: finds the answer to a request and sends it, reading files a piece at a time."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from edgeweb_server.answer import BARE_HEADERS, Answer, Ask, answer, problem
from edgeweb_server.errors import ServeError
from edgeweb_server.hosts import HostCheck, checked
from edgeweb_server.releases import Releases, load_any
from edgeweb_server.site import Form, Site

# What one download keeps in memory; a thousand at once must stay far below 150 MB.
_CHUNK_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


def create_app(folder: str | os.PathLike[str], *, allowed_hosts: Iterable[str] | None = None) -> Starlette:
    """The application that serves a site, or every site in a folder.

    Args:
        folder: a site (it has an edgeweb.json), or a folder with sites in it.
        allowed_hosts: the only Host headers to answer, without ports; "*" or None answers any.

    Raises:
        ServeError: the folder cannot be served exactly as its manifest says.
    """
    middleware = [] if allowed_hosts is None else [Middleware(HostCheck, allowed=checked(allowed_hosts))]
    app = Starlette(middleware=middleware, exception_handlers={500: _defect})
    # Not a route: route patterns stop at a newline, and a path with one deserves its headers too.
    app.router.default = _Endpoint(Path(folder))
    return app


def _defect(request: Request, error: Exception) -> Response:
    found = problem(500, "The server failed on this request.", BARE_HEADERS)
    return _whole(found, request.method)


class _Endpoint:
    """Serves the newest loadable state of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._place = load_any(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        ask = Ask.of(scope)
        # All that touches the disk before the first byte is one trip to a thread; most answers need no other.
        found, file = await anyio.to_thread.run_sync(self._find, ask)
        if file is None:
            await _whole(found, ask.method)(scope, receive, send)
            return
        with file:
            await StreamingResponse(_chunks(file, found.part), found.status, found.headers)(scope, receive, send)

    def _find(self, ask: Ask) -> tuple[Answer, BinaryIO | None]:
        """The answer, and the open file when its bytes are too many to be in the answer already."""
        found = answer(self._current(), ask)
        if found.form is None:
            return found, None
        try:
            file = _open(found.form)
            if ask.method == "GET" and len(found.part) > _CHUNK_BYTES:
                return found, file
            with file:
                return found if ask.method == "HEAD" else replace(found, body=_read(file, found.part)), None
        except OSError as error:
            _log.warning("%s", error)
            headers = {**BARE_HEADERS, "retry-after": "1"}
            return problem(503, "The site is being replaced. Try again in a moment.", headers), None

    def _current(self) -> Site | Releases:
        """The site as it is on disk now, so that a build shows without a restart.

        A state that cannot be loaded is one that is still being copied: the last good one stays until then.
        """
        if not self._place.fresh():
            try:
                self._place = load_any(self._folder)
            except ServeError as error:
                _log.warning("%s", error)
        return self._place


def _open(form: Form) -> BinaryIO:
    """The stored bytes.

    Raises:
        OSError: they are gone, or are not the ones that the manifest described.
    """
    file = form.path.open("rb")
    size = os.fstat(file.fileno()).st_size
    if size != form.size:
        file.close()
        raise OSError(f"{form.path} has {size} bytes, not {form.size}")
    return file


def _read(file: BinaryIO, part: range) -> bytes:
    file.seek(part.start)
    data = file.read(len(part))
    if len(data) != len(part):
        raise OSError(f"{file.name} became shorter while it was read")
    return data


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
