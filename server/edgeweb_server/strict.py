"""h11's reading of requests, as strict as nginx's: what other software could read in another way is refused."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import h11

# As nginx's `large_client_header_buffers`: four buffers of 8 KiB, of which one has to hold a whole line.
MAX_LINE_BYTES = 8 * 1024
MAX_HEAD_BYTES = 32 * 1024
_MAX_FIELDS = 1000

_END_OR_FOLD = re.compile(rb"\n([ \t]|\r?\n)")
# RFC 9112, 3.2.2: what a client sends to a proxy; a server must take it too, and its host instead of the header's.
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)([^#]*)", re.IGNORECASE)
_SENTENCES = {
    400: "This is not a valid HTTP/1.1 request.",
    414: "The address is too long.",
    501: "Only the transfer coding chunked is known.",
    505: "Only HTTP/1.1 is spoken.",
}


class StrictConnection(h11.Connection):
    """The server's side of one connection.

    Attributes:
        refusal: status and sentence for the client after RemoteProtocolError about a request's head; None after one
            about its body, when the request may be half answered.
    """

    def __init__(self) -> None:
        super().__init__(h11.SERVER, MAX_HEAD_BYTES)
        self.refusal: tuple[int, str] | None = None

    def next_event(self) -> Any:
        """What comes next, a request's target always as the path.

        Raises:
            RemoteProtocolError: it is not valid, or is more than a browser sends.
        """
        if self.their_state is not h11.IDLE:
            return super().next_event()
        begun = self.trailing_data[0]
        end = _END_OR_FOLD.search(begun)
        if end is not None and end[1] in b" \t":
            self._refuse(400)
        try:
            event = super().next_event()
        except h11.RemoteProtocolError as error:
            # nginx answers 400 to too many headers, and 414 when the first line alone is too long.
            long = 400 if b"\n" in begun[:MAX_LINE_BYTES] else 414
            self._refuse(long if error.error_status_hint == 431 else error.error_status_hint, error)
        return self._checked(event) if isinstance(event, h11.Request) else event

    def _checked(self, request: h11.Request) -> h11.Request:
        if request.http_version[:1] in b"23":
            self._refuse(505)
        if len(request.method) + len(request.target) + 10 > MAX_LINE_BYTES:
            self._refuse(414)
        lines = [len(name) + len(value) + 4 for name, value in request.headers.raw_items()]
        if len(lines) > _MAX_FIELDS or max(lines, default=0) > MAX_LINE_BYTES or sum(lines) > MAX_HEAD_BYTES:
            self._refuse(400)
        names = {name for name, _ in request.headers}
        if {b"content-length", b"transfer-encoding"} <= names:
            self._refuse(400)
        absolute = _ABSOLUTE.fullmatch(request.target)
        return request if absolute is None else _as_path(request, absolute[1], absolute[2])

    def _refuse(self, status: int, error: Exception | None = None) -> NoReturn:
        sentence = _SENTENCES.get(status, _SENTENCES[400])
        self.refusal = status, sentence
        raise h11.RemoteProtocolError(sentence, status) from error


def _as_path(request: h11.Request, host: bytes, path: bytes) -> h11.Request:
    headers = [(name, value) for name, value in request.headers if name != b"host"]
    target = path if path.startswith(b"/") else b"/" + path
    return h11.Request(
        method=request.method,
        target=target,
        headers=[(b"host", host), *headers],
        http_version=request.http_version,
    )
