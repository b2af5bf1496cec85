"""Middleware that answers only requests addressed to this server, so that DNS rebinding cannot reach it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from edgeweb_server.answer import BARE_HEADERS, problem
from edgeweb_server.errors import ServeError

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::[0-9]{0,5})?")


class Hosts:
    """The hosts that a server answers for.

    Args:
        allowed: host names and addresses, without ports; "*" allows any.

    Raises:
        ServeError: an entry is not a host name.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(checked(allowed))

    def allow(self, sent: list[str]) -> bool:
        """Whether a request with these Host headers is for one of them."""
        if "*" in self._allowed:
            return True
        found = _HOST.fullmatch(sent[0].strip()) if len(sent) == 1 else None
        return found is not None and found[1].lower() in self._allowed


class HostCheck:
    """Answers 421 when the Host header names another machine.

    A page of another site can point its own name at 127.0.0.1 and then read this server as its own origin; the
    browser still sends the page's name as Host.

    Args:
        app: the application to protect.
        hosts: what requests may be addressed to.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        if scope["type"] == "lifespan" or self._hosts.allow(Headers(scope=scope).getlist("host")):
            await self._app(scope, receive, send)
            return
        refusal = problem(421, "This server does not answer for that host. Open it as localhost.", BARE_HEADERS)
        body = b"" if scope.get("method") == "HEAD" else refusal.body
        await Response(body, refusal.status, refusal.headers)(scope, receive, send)


def checked(allowed: Iterable[str]) -> list[str]:
    """The hosts as a Host header has them: lower case, IPv6 addresses in brackets.

    Raises:
        ServeError: an entry is not a host name.
    """
    hosts = [f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host for host in allowed]
    for host in hosts:
        found = _HOST.fullmatch(host)
        if found is None or found[1] != host or ("*" in host and host != "*"):
            hint = "Give a name or an address alone, such as example.org"
            raise ServeError(f"The allowed host {host!r} cannot be used", "It is not a host name without a port", hint)
    return [host.lower() for host in hosts]
