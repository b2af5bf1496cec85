"""Where data would go if it got out: an HTTP and WebSocket sink and a UDP sink, which keep every byte they receive."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re

from loopback import HOST, Loop, TcpServer, read_request

_WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# Lets everything through that the page's own policy lets through: nothing must be stopped by the sink instead.
_OPEN = (
    "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\nAccess-Control-Allow-Methods: *\r\n"
    "Cross-Origin-Resource-Policy: cross-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\nCache-Control: no-store\r\n"
)


def canaries(received: bytes, canary: str) -> set[str]:
    """Which channels a canary came through: pages send `<canary>-<channel>`; hosts arrive in lower case."""
    found = re.findall(re.escape(canary.encode()) + rb"-?([a-z0-9]*)", received, re.IGNORECASE)
    return {channel.decode().lower() for channel in found}


class HttpSink:
    """Takes whatever connects, answers every request kindly, speaks enough WebSocket to be sent to.

    `connections` counts those that came, also when they stayed silent.
    """

    def __init__(self, loop: Loop) -> None:
        self.connections = 0
        self.hosts: set[str] = set()
        self._received: list[bytes] = []
        self._server = TcpServer(loop, self._talk)
        self.port = self._server.port
        self.url = f"http://{HOST}:{self.port}/"

    def received(self) -> bytes:
        """Every byte, WebSocket frames unmasked; a zero between one request or frame and the next."""
        return b"\0".join(self._received)

    def reset(self) -> None:
        self.connections, self.hosts, self._received = 0, set(), []

    def close(self) -> None:
        self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        first = await reader.readexactly(1)
        if not first.isalpha():  # TLS, TURN over TCP: not HTTP, yet every byte counts
            self._received.append(first)
            while part := await reader.read(1 << 16):
                self._received.append(part)
            return
        while True:
            request = await read_request(reader, first)
            first = b""
            self._received.append(request.raw)
            self.hosts.add(request.headers.get("host", ""))
            key = request.headers.get("sec-websocket-key")
            if key is not None:
                await self._websocket(key, reader, writer)
                return
            body = b"" if request.method in ("HEAD", "OPTIONS") else b"<!doctype html><title>sink</title>"
            kind = "text/event-stream" if "event-stream" in request.headers.get("accept", "") else "text/html"
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{_OPEN}\r\n"
            writer.write(head.encode() + body)
            await writer.drain()

    async def _websocket(self, key: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accept = base64.b64encode(hashlib.sha1((key + _WEBSOCKET).encode()).digest()).decode()
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        writer.write(f"{head}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        while True:
            _, size = await reader.readexactly(2)
            length = size & 0x7F
            if length >= 126:
                length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8))
            mask = await reader.readexactly(4) if size & 0x80 else bytes(4)
            data = await reader.readexactly(length)
            self._received.append(bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))


class UdpSink(asyncio.DatagramProtocol):
    """Keeps every datagram: a STUN or QUIC request is one, and its mere arrival can carry a secret."""

    def __init__(self, loop: Loop, port: int = 0) -> None:
        self.datagrams: list[bytes] = []
        self._loop, self._wanted = loop, port
        self._transport = loop.run(self._start())
        self.port: int = self._transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.datagrams.append(data)

    def reset(self) -> None:
        self.datagrams.clear()

    def close(self) -> None:
        self._loop.run(self._stop())

    async def _start(self) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, (HOST, self._wanted))
        return transport

    async def _stop(self) -> None:
        self._transport.close()
