"""A site in a frame: its own answers, but for the two headers that forbid it, and without its service worker."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edgeweb_server.answer import BARE_HEADERS

_NOBODY = b"frame-ancestors 'none'"
# What a browser kept for use without a network would answer instead of the next build; a 404 would be an error there.
_UNKEPT = b"addEventListener('install', (event) => event.waitUntil(Promise.reject()))\n"
_SCRIPT = {**BARE_HEADERS, "cache-control": "no-store", "content-type": "text/javascript; charset=utf-8"}


class Framed:
    """Passes requests on, and lets pages of `ancestors` hold what is answered in a frame.

    Args:
        app: the application of the site.
        ancestors: sources as a Content-Security-Policy has them.
    """

    def __init__(self, app: ASGIApp, ancestors: str) -> None:
        self._app, self._ancestors = app, ancestors.encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        if any(name == b"service-worker" for name, _ in scope.get("headers", ())):
            await Response(_UNKEPT, headers=_SCRIPT)(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*self._headers(message["headers"])]}
            await send(message)

        await self._app(scope, receive, sent)

    def _headers(self, found: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        # Browsers that know frame-ancestors, and all do, ask for nothing else where both are there.
        kept = [(name, value) for name, value in found if name != b"x-frame-options"]
        allowed = b"frame-ancestors " + self._ancestors
        return [
            (name, value.replace(_NOBODY, allowed) if name == b"content-security-policy" else value)
            for name, value in kept
        ]
