"""A static server with a measured line: every answer waits one round trip, and all share one bandwidth (a token bucket)."""

from __future__ import annotations

import asyncio
import json
import mimetypes
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

_PIECE = 16 * 1024


@dataclass
class Line:
    """Bits per second shared by all connections (None: as fast as it goes), and seconds for a round trip."""

    bits_per_second: float | None = None
    round_trip: float = 0.0
    sent: int = 0
    _free_at: float = field(default=0.0, repr=False)

    async def carry(self, count: int) -> None:
        """Wait until `count` more bytes have passed."""
        self.sent += count
        if self.bits_per_second is None:
            return
        self._free_at = max(self._free_at, time.monotonic()) + count * 8 / self.bits_per_second
        await asyncio.sleep(max(0.0, self._free_at - time.monotonic()))


class StaticServer:
    """Serves `folder` over `line` in a thread; `codings` in order of preference are taken from `.br` and `.gz` files."""

    def __init__(self, folder: Path, line: Line, codings: tuple[str, ...], headers: dict[str, dict[str, str]]) -> None:
        self.folder, self.line, self.codings, self.headers = folder, line, codings, headers
        self.loop = asyncio.new_event_loop()
        ready: threading.Event = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        server.close()
        talks = asyncio.all_tasks(self.loop)
        for talk in talks:
            talk.cancel()
        self.loop.run_until_complete(asyncio.gather(*talks, return_exceptions=True))
        self.loop.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.line.round_trip)  # the TCP handshake
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(self.line.round_trip)
                await self._answer(request.decode("latin-1"), writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, request: str, writer: asyncio.StreamWriter) -> None:
        path = request.split(" ", 2)[1].split("?")[0].lstrip("/") or "index.html"
        file = self.folder / path
        if ".." in path or not file.is_file():
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        coding, body = self._body(file)
        if f'if-none-match: "{len(body)}"' in request.lower():
            writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
            return
        kind = "text/javascript" if path.endswith((".js", ".mjs")) else mimetypes.guess_type(path)[0]
        kind = "application/wasm" if path.endswith(".wasm") else kind or "application/octet-stream"
        head = {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "ETag": f'"{len(body)}"',
            "Vary": "Accept-Encoding",
        }
        head |= {"Content-Encoding": coding} if coding else {}
        head |= self._rule("/" + path)
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        await self.line.carry(len(lines) + 20)
        writer.write(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode())
        for start in range(0, len(body), _PIECE):
            await self.line.carry(min(_PIECE, len(body) - start))
            writer.write(body[start : start + _PIECE])
            await writer.drain()

    def _body(self, file: Path) -> tuple[str | None, bytes]:
        for coding in self.codings:
            sidecar = Path(f"{file}.{'br' if coding == 'br' else 'gz'}")
            if sidecar.is_file():
                return coding, sidecar.read_bytes()
        return None, file.read_bytes()

    def _rule(self, path: str) -> dict[str, str]:
        fitting = [s for s in self.headers if s == path or (s.endswith("*") and path.startswith(s[:-1]))]
        return self.headers[max(fitting, key=len)] if fitting else {}


def site_headers(folder: Path) -> dict[str, dict[str, str]]:
    """The rules of a built site's headers.json, by source; `/` also as its file."""
    rules = json.loads((folder / "headers.json").read_text("utf-8"))["rules"]
    return {rule["source"]: rule["headers"] for rule in rules}
