"""Plain requests read and answered without h11 and ASGI; what it does not know at sight it leaves to them.

All it takes is a complete GET or HEAD without a body, in a subset of what h11 takes, and both ask the same desk, so
that an answer does not depend on the way. It saves nine tenths of a small answer's time (`make bench-server`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import BinaryIO, NamedTuple

from edgeweb_server.answer import Answer, Ask, answer, joined
from edgeweb_server.desk import Desk
from edgeweb_server.releases import Releases
from edgeweb_server.site import Site

_MAX_BYTES = 8 * 1024
_MAX_FIELDS = 100
_HEAD = re.compile(rb"(GET|HEAD) (/[!-~]*) HTTP/1\.([01])\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)+)\r\n")
# Of these an answer, or where a request ends, depends.
_FIELD = re.compile(
    rb"^(host|connection|accept-encoding|accept-language|range|if-[a-z-]+|content-length|transfer-encoding|expect|upgrade)"
    rb":(.*)\r$",
    re.IGNORECASE | re.MULTILINE,
)
_NOT_PLAIN = {"content-length", "transfer-encoding", "expect", "upgrade"}
_KEEPS_OPEN = {"": True, "keep-alive": True, "close": False}
# Pages ask for some dozens of files, each with the same headers.
_MAX_KNOWN = 1024
_MAX_KNOWN_BYTES = 512
# A new build may be seen this much later, where nothing is read from it.
_LOOK_SECONDS = 0.01


_Key = tuple[str, str, tuple[tuple[str, str], ...]]
# The answer, its headers, and its bytes or the file that has them.
_Found = tuple[Answer, bytes, bytes, BinaryIO | None]


class Reply(NamedTuple):
    """A response to be sent: head and body, or the part of a file instead of the body."""

    request: str
    status: int
    head: bytes
    body: bytes
    file: BinaryIO | None
    part: range
    keeps_open: bool


class Quick:
    """Reads and answers plain requests.

    Args:
        desk: what answers.
        allows: whether requests for this Host header are answered here.
    """

    def __init__(self, desk: Desk, allows: Callable[[list[str]], bool]) -> None:
        self._desk = desk
        self._allows = allows
        self._place: Site | Releases | None = None
        self._looked = 0.0
        self._known: dict[_Key, tuple[Answer, bytes]] = {}

    def reply(self, data: bytes, date: bytes) -> Reply | None:
        """The response to the request that `data` is; None when it is not, or not a plain one.

        Args:
            data: what arrived while no other request was being received or answered.
            date: the header line, complete.
        """
        head = _HEAD.fullmatch(data) if len(data) <= _MAX_BYTES else None
        if head is None or head[4].count(b"\n") > _MAX_FIELDS:
            return None
        sent = joined((name.lower(), value.strip()) for name, value in _FIELD.findall(head[4]))
        keeps_open = _KEEPS_OPEN.get(sent.pop("connection", "").lower())
        host = sent.pop("host", "")
        # Two Host headers are one with a space here.
        if keeps_open is None or not host or " " in host or not _NOT_PLAIN.isdisjoint(sent) or not self._allows([host]):
            return None
        ask = Ask(head[1].decode(), head[2].partition(b"?")[0].decode(), sent)
        found = self._from_memory(ask) or self._from_disk(ask)
        if found is None:
            return None
        answered, rest, body, file = found
        keeps_open = keeps_open and head[3] == b"1"
        whole = b"".join((_STATUS_LINES[answered.status], date, rest, b"\r\n" if keeps_open else _CLOSE))
        if ask.method == "HEAD":
            body = b""
        return Reply(data.partition(b"\r")[0].decode(), answered.status, whole, body, file, answered.part, keeps_open)

    def _from_memory(self, ask: Ask) -> _Found | None:
        """An answer for which the disk is not read, so that it is whole even if a new build has just come."""
        place = self._place if monotonic() < self._looked + _LOOK_SECONDS else self._look()
        if place is None:
            return None
        answered, rest = self._answer(place, ask)
        if answered.form is None:
            return answered, rest, answered.body, None
        data = self._desk.kept(answered.form)
        return None if data is None else (answered, rest, data[answered.part.start : answered.part.stop], None)

    def _from_disk(self, ask: Ask) -> _Found | None:
        """An answer that reads what the build of this moment describes; None when that takes longer than reading."""
        place = self._look()
        if place is None:
            return None
        known, rest = self._answer(place, ask)
        if known.form is not None and not self._desk.ready(known.form):
            return None
        found, file = self._desk.fill(known, ask.method)
        return found, rest if found.status == known.status else _rest(found), found.body, file

    def _look(self) -> Site | Releases | None:
        """The site on disk, if it is the one that is loaded."""
        place = self._desk.unchanged()
        if place is not self._place:
            self._known.clear()
            self._place = place
        self._looked = monotonic()
        return place

    def _answer(self, place: Site | Releases, ask: Ask) -> tuple[Answer, bytes]:
        """The answer and its headers, which depend on nothing but the site and these words of the request."""
        key = ask.method, ask.path, tuple(ask.headers.items())
        known = self._known.get(key)
        if known is None:
            found = answer(place, ask)
            known = found, _rest(found)
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            if len(repr(key)) <= _MAX_KNOWN_BYTES:
                self._known[key] = known
        return known


_CLOSE = b"connection: close\r\n\r\n"
_STATUS_LINES = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}


def _rest(found: Answer) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in found.headers.items()).encode("latin-1")


def closing(found: Answer, date: bytes) -> bytes:
    """The bytes of an answer after which the connection is closed."""
    return b"".join((_STATUS_LINES[found.status], date, _rest(found), _CLOSE, found.body))
