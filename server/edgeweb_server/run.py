"""Runs the application on this machine with uvicorn, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from edgeweb_server.app import app_of, endpoint
from edgeweb_server.background import Background
from edgeweb_server.desk import Desk
from edgeweb_server.dev import Channel, create_dev_app
from edgeweb_server.errors import ServeError
from edgeweb_server.framed import Framed
from edgeweb_server.hosts import LOOPBACK_HOSTS, HostCheck, Hosts
from edgeweb_server.protocol import protocol
from edgeweb_server.quick import Quick

_KEEP_ALIVE_SECONDS = 5
# How long downloads may go on after Ctrl-C.
_GRACE_SECONDS = 1.0
_BACKLOG = 1024
# A download has two, its connection and its file; the usual limit of 1,024 would end at five hundred.
_OPEN_FILES = 8192


def serve(
    folder: str | os.PathLike[str],
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    allowed_hosts: Iterable[str] | None = None,
    access_log: bool = False,
    receipt_seconds: float = 10.0,
    on_ready: Callable[[str], None] | None = None,
) -> int:
    """Serve a site, or a folder of sites, until a signal ends it; prints nothing.

    Args:
        folder: what `create_app` takes.
        host: the address to listen on; other machines reach it only when this is not a loopback address.
        port: 0 takes any free one.
        allowed_hosts: Host headers to answer, without ports, "*" for any. Default: the loopback names when `host` is a
            loopback address, otherwise any.
        access_log: write each request to the logger `uvicorn.access`, which the caller sets up.
        receipt_seconds: a request that is not complete after this time is dropped.
        on_ready: called once with the site's address, when requests are answered.

    Returns:
        The signal that ended it, `signal.SIGINT` for Ctrl-C; a command line exits with 128 + this.

    Raises:
        ServeError: the folder cannot be served, or the address cannot be used.
    """
    family, address = _resolve(host, port)
    desk, hosts = Desk(Path(folder)), Hosts(_allowed(host) if allowed_hosts is None else allowed_hosts)
    config = _config(app_of(desk, hosts), protocol(receipt_seconds, Quick(desk, hosts.allow)), access_log)
    _allow_open_files()
    with _listen(family, address, host) as listener:
        server = _Server(config, lambda: on_ready(_url(host, listener)) if on_ready else None)
        server.run(sockets=[listener])
    return server.ended_by


def develop(
    folder: str | os.PathLike[str],
    around: str | os.PathLike[str],
    channel: Channel,
    host: str = "127.0.0.1",
    ports: Sequence[int] = (8000,),
    *,
    on_ready: Callable[[str], None] | None = None,
) -> int:
    """Serve a site that is being worked on, in a page that hears of every build through `channel`; prints nothing.

    Args:
        folder: where the site is, as soon as there is one.
        around: the folder of that page, `dev` of the built browser half.
        ports: the first that is free; 0 is.
        host, on_ready: as of `serve`, and so is what is returned and raised.
    """
    hosts = Hosts(_allowed(host))
    app = create_dev_app(Path(folder), Path(around), channel, hosts)
    with _first_free(host, ports) as listener:
        server = _Server(
            _config(app, "h11", False), lambda: on_ready(_url(host, listener)) if on_ready else None, channel.close
        )
        server.run(sockets=[listener])
    return server.ended_by


def serve_in_background(
    folder: str | os.PathLike[str], port: int = 0, *, ancestors: str, host: str = "127.0.0.1"
) -> Background:
    """Serve a site, or a folder of sites, from a thread of this program, within frames of other pages.

    Args:
        folder: as of `create_app`.
        port: 0 takes any free one.
        ancestors: who may hold it in a frame, as sources of a Content-Security-Policy.

    Raises:
        ServeError: the folder cannot be served, or the port cannot be used.
    """
    app = Starlette(middleware=[Middleware(HostCheck, hosts=Hosts(_allowed(host)))])
    app.router.default = Framed(endpoint(Desk(Path(folder))), ancestors)
    family, address = _resolve(host, port)
    listener, ready = _listen(family, address, host), threading.Event()
    return Background(_Server(_config(app, "h11", False), ready.set), listener, _url(host, listener), ready)


def _allowed(host: str) -> Iterable[str]:
    """The hosts to answer for on this address: the names of this machine, or any where others may ask."""
    _, address = _resolve(host, 0)
    local = ipaddress.ip_address(address[0].partition("%")[0]).is_loopback
    return {*LOOPBACK_HOSTS, host, address[0]} if local else ["*"]


def _first_free(host: str, ports: Sequence[int]) -> socket.socket:
    for number, port in enumerate(ports, start=1):
        family, address = _resolve(host, port)
        try:
            return _listen(family, address, host)
        except ServeError:
            if number == len(ports):
                raise
    raise ValueError("no port")


def _config(
    app: Starlette, protocol_class: type[asyncio.Protocol] | Literal["h11"], access_log: bool
) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=protocol_class,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="error",
        access_log=access_log,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    if access_log:
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    return config


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready, and ends within a second without raising the signal again."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], ends: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(config)
        self._ready, self._ends = ready, ends
        self.ended_by = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        try:
            self._ready()
        except BaseException:
            await self.shutdown(sockets=sockets)
            raise

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ends()
        # Cutting the sockets lets each response end as after any lost client; uvicorn's own limit cancels tasks
        # and prints their tracebacks.
        asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._cut)
        await super().shutdown(sockets=sockets)

    def _cut(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.ended_by = sig
        self.force_exit = self.should_exit
        self.should_exit = True


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """The family and the address to bind to."""
    if not 0 <= port <= 65535:
        raise ServeError(f"Port {port} cannot be used", "Ports go from 0 to 65535", "Try --port 0 for any free one")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ServeError(f"The host {host!r} is unknown here", str(error), "Try --host 127.0.0.1") from error
    # IPv4 first: "localhost" then means the address that people type.
    family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    return family, address


def _listen(family: socket.AddressFamily, address: tuple[Any, ...], host: str) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off in what is accepted; else every answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows this option would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        other = address[1] + 1 if address[1] < 65535 else 8000
        hint = f"Try another port, such as --port {other}, or --port 0 for any free one"
        raise ServeError(f"Port {address[1]} on {host} cannot be used", reason, hint) from error
    return listener


def _allow_open_files() -> None:
    """Raise this process's own limit as far as it may."""
    if sys.platform == "win32":  # it has no such limit
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS has a second limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _url(host: str, listener: socket.socket) -> str:
    address, port = listener.getsockname()[:2]
    # "Any address" is not one that a browser can open, and without TLS only localhost is a secure context.
    if ipaddress.ip_address(address.partition("%")[0]).is_unspecified:
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
