"""What the test servers share: one event loop in a thread, bound to loopback, and reading a request as it came."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

HOST = "127.0.0.1"
_LIMIT = 1 << 20
_Answer = TypeVar("_Answer")
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Loop:
    """An event loop that runs in a thread of its own; tests that drive a browser have none to spare."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _Answer]) -> _Answer:
        """Do `work` in the loop and wait for what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def close(self) -> None:
        self.run(_cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class TcpServer:
    """Hands every connection to `talk`; closing it drops them all."""

    def __init__(self, loop: Loop, talk: Talk) -> None:
        self._loop, self._talk = loop, talk
        self._open: set[asyncio.StreamWriter] = set()
        self._server = loop.run(self._start())
        self.port: int = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self._loop.run(self._stop())

    def drop(self) -> None:
        """Cut every connection; new ones are still taken."""
        self._loop.run(self._drop())

    async def _start(self) -> asyncio.Server:
        return await asyncio.start_server(self._connected, HOST, 0, limit=_LIMIT)

    async def _stop(self) -> None:
        self._server.close()
        await self._drop()

    async def _drop(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self._talk(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, TimeoutError):
            pass  # browsers drop connections whenever they like
        except asyncio.CancelledError:
            pass  # the loop closes; a cancelled handler would be reported as a failure
        finally:
            self._open.discard(writer)
            writer.close()


@dataclass(frozen=True)
class Request:
    """One HTTP request; `raw` is every byte of it. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    raw: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


async def read_request(reader: asyncio.StreamReader, begun: bytes = b"") -> Request:
    """The next request of a connection, of which `begun` has been read; IncompleteReadError at the connection's end."""
    head = begun + await reader.readuntil(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")
    method, target, *_ = [*start.split(" "), "", ""]
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name
    }
    body = await _body(reader, headers)
    return Request(method, target, headers, body, head + body)


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length") or 0))
    parts: list[bytes] = []
    while size := int((await reader.readline()).split(b";")[0] or b"0", 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
