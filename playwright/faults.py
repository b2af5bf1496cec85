"""A static host that goes wrong on request: a built site, with faults by path and by how often it has been asked for."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edgeweb_server import headers as site_headers
from loopback import HOST, Loop, Request, TcpServer, read_request

_PIECE = 64 * 1024
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json"}  # fmt: skip
_NOTE = {"content-type": "text/plain", "cache-control": "no-store"}
Edit = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Fault:
    """How an answer differs from the right one; what is left out stays right.

    Attributes:
        status: with a sentence as its body, unless `edit` makes one of the file.
        edit: what becomes of the file's bytes; they are sent without an encoding then.
        claim: Content-Length, given the number of bytes; None says nothing and lets the connection's end be the end.
        plain: send the file without an encoding.
        after: so many bytes of the body are sent; then follows `end`.
        rate: bytes per second.
        folder: another release, which the answer is taken from.
    """

    status: int | None = None
    edit: Edit | None = None
    claim: Callable[[int], int | None] = int
    plain: bool = False
    after: int | None = None
    end: Literal["reset", "close", "stall"] = "close"
    rate: float | None = None
    folder: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


RIGHT = Fault()


def flip(offset: int, mask: int = 1) -> Fault:
    """One bit differs (or several, by `mask`) at `offset` of the decoded file."""

    def edit(data: bytes) -> bytes:
        at = offset % len(data)
        return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]

    return Fault(edit=edit)


def instead(data: bytes) -> Fault:
    """Other bytes than the file's."""
    return Fault(edit=lambda _: data)


def truncated(keep: int) -> Fault:
    """The host itself has only the first `keep` bytes; the answer is in order otherwise."""
    return Fault(edit=lambda data: data[:keep])


def short_length(length: int) -> Fault:
    """Content-Length is less than the body that follows it."""
    return Fault(plain=True, claim=lambda _: length)


def cut(after: int) -> Fault:
    """The connection is reset after so many bytes."""
    return Fault(after=after, end="reset")


def closed(after: int) -> Fault:
    """No Content-Length, and the connection closes early: for HTTP/1.0 a complete answer."""
    return Fault(plain=True, claim=lambda _: None, after=after, end="close")


def stall(after: int = 0) -> Fault:
    """So many bytes, then nothing, for ever. Less than none: not even a status line."""
    return Fault(after=after, end="stall")


def status(code: int) -> Fault:
    return Fault(status=code)


def wrong_206(keep: int) -> Fault:
    """A part that nobody has asked for."""
    return Fault(status=206, edit=lambda data: data[:keep], headers={"content-range": f"bytes 0-{keep - 1}/*"})


def unsatisfiable() -> Fault:
    return Fault(status=416, headers={"content-range": "bytes */1"})


def slow(rate: float) -> Fault:
    return Fault(rate=rate)


def stale(folder: Path) -> Fault:
    """The file as another release has it, as a cache between would send it."""
    return Fault(folder=folder)


@dataclass(frozen=True)
class Hit:
    """A request that came: when (seconds since the server began), the how manyeth of its path, and what was sent."""

    time: float
    number: int
    path: str
    request: Request
    fault: Fault


@dataclass(frozen=True)
class _Plan:
    fault: Fault
    first: int
    count: int | None

    def meets(self, number: int) -> bool:
        return self.first <= number and (self.count is None or number < self.first + self.count)


class FaultServer:
    """Serves `folder` from the root of its own origin.

    `headers`: send the site's headers.json rules; otherwise none, as GitHub Pages does. Paths are those of the site: index.html, not "".
    """

    def __init__(self, loop: Loop, folder: Path, *, headers: bool = True) -> None:
        self.folder, self.headers = folder, headers
        self.log: list[Hit] = []
        self._rules: dict[Path, site_headers.HeaderRules] = {}
        self._plans: dict[str, list[_Plan]] = {}
        self._numbers: Counter[str] = Counter()
        self._deploy: tuple[int, Path] | None = None
        self._began = time.monotonic()
        self._server = TcpServer(loop, self._talk)
        self.port = self._server.port
        self.url = f"http://{HOST}:{self.port}/"

    def inject(self, path: str, fault: Fault, *, first: int = 1, count: int | None = None) -> None:
        """Let the answers for `path` be wrong, from the `first` time it is asked for, `count` times (None: always).

        Hits are counted from the last `reset`. Of several faults that meet, the last one injected counts.
        """
        self._plans.setdefault(path, []).append(_Plan(fault, first, count))

    def deploy(self, folder: Path, *, at_request: int = 1) -> None:
        """Switch to another release with the `at_request`-th request from now, that one included."""
        self._deploy = (len(self.log) + at_request, folder)

    def reset(self, folder: Path | None = None) -> None:
        """No faults, no log, hits from one; and `folder`, if given."""
        self._plans, self._deploy, self.log = {}, None, []
        self._numbers.clear()
        self.folder = folder or self.folder

    def heal(self) -> None:
        """No more faults; log and hit numbers go on."""
        self._plans, self._deploy = {}, None

    def hits(self, path: str) -> list[Hit]:
        return [hit for hit in self.log if hit.path == path]

    def paths(self) -> list[str]:
        """What was asked for, once each, in order."""
        return list(dict.fromkeys(hit.path for hit in self.log))

    def quiet(self) -> float:
        """Seconds since the last request."""
        return time.monotonic() - self._began - (self.log[-1].time if self.log else 0)

    def received(self) -> bytes:
        """Every byte of every request, a zero between one and the next."""
        return b"\0".join(hit.request.raw for hit in self.log)

    def drop(self) -> None:
        self._server.drop()

    def close(self) -> None:
        self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self._answer(self._note(await read_request(reader)), writer):
            pass

    def _note(self, request: Request) -> Hit:
        path = request.path.lstrip("/")
        path += "index.html" if path in ("", "report/") else ""
        self._numbers[path] += 1
        number = self._numbers[path]
        fault = next((p.fault for p in reversed(self._plans.get(path, [])) if p.meets(number)), RIGHT)
        hit = Hit(time.monotonic() - self._began, number, path, request, fault)
        self.log.append(hit)
        if self._deploy is not None and len(self.log) >= self._deploy[0]:
            self.folder, self._deploy = self._deploy[1], None
        return hit

    async def _answer(self, hit: Hit, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection is still good for another request."""
        fault = hit.fault
        if fault.end == "stall" and (fault.after or 0) < 0:
            await _for_ever()
        code, body, head = self._content(hit)
        length = fault.claim(len(body))
        head |= {"connection": "close"} if length is None else {"content-length": str(length)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in {**head, **fault.headers}.items())
        writer.write(f"HTTP/1.1 {code} Answer\r\n{lines}\r\n".encode("latin-1"))
        await writer.drain()
        if hit.request.method != "HEAD" and code != 304:
            await _send(writer, body if fault.after is None else body[: fault.after], fault.rate)
        if fault.after is None:
            return length == len(body)
        if fault.end == "stall":
            await _for_ever()
        if fault.end == "reset":
            await asyncio.sleep(0.05)  # a reset drops what the other side has not read yet
            writer.transport.abort()
        return False

    def _content(self, hit: Hit) -> tuple[int, bytes, dict[str, str]]:
        fault, request = hit.fault, hit.request
        folder = fault.folder or self.folder
        head = self._rule(folder, request.path) if self.headers else {}
        file = (folder / hit.path).resolve()
        if fault.status is not None and fault.edit is None:
            return fault.status, b"This is what the test wants.", head | _NOTE
        if folder.resolve() not in file.parents or not file.is_file() or request.method not in ("GET", "HEAD"):
            return 404, b"No such file.", head | _NOTE
        brotli = file.with_name(file.name + ".br")
        encoded = (
            "br" in request.headers.get("accept-encoding", "")
            and not fault.edit
            and not fault.plain
            and brotli.is_file()
        )
        body = (brotli if encoded else file).read_bytes()
        kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        head |= {"content-type": kind, "etag": tag, "vary": "accept-encoding"} | (
            {"content-encoding": "br"} if encoded else {}
        )
        if fault is RIGHT and request.headers.get("if-none-match") == tag:
            return 304, b"", head
        return fault.status or 200, fault.edit(body) if fault.edit else body, head

    def _rule(self, folder: Path, path: str) -> dict[str, str]:
        if folder not in self._rules:
            self._rules[folder] = site_headers.parse((folder / "headers.json").read_bytes(), "headers.json")
        return dict(self._rules[folder].at(path))


async def _send(writer: asyncio.StreamWriter, body: bytes, rate: float | None) -> None:
    piece = _PIECE if rate is None else max(1, int(rate / 20))
    for start in range(0, len(body), piece):
        writer.write(body[start : start + piece])
        await writer.drain()
        if rate is not None:
            await asyncio.sleep(piece / rate)


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()
