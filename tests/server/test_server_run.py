"""A real server process: raw sockets, deadlines, many downloads at once, and how it starts and ends."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edgeweb_server
import pytest

RAW_TARGETS = [
    b"/../outside.txt",
    b"/%2e%2e/outside.txt",
    b"/..%2foutside.txt",
    b"/..%5coutside.txt",
    b"/assets/..%5c..%5coutside.txt",
    b"/assets/app.js%00",
    b"/%00",
    b"/assets%2fapp.js",
    b"/%0a",
    b"/.env",
    b"/.env?x",
    b"//outside.txt",
    b"ftp://127.0.0.1/index.html",
    b"*",
    b"/%ff%fe",
    b"/%",
    b"/%zz",
    b"/?/../outside.txt/..",
]
CLOSE = b"Host: localhost\r\nConnection: close\r\n"
BROKEN_REQUESTS = [
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/9.9\r\n" + CLOSE + b"\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 1_000_000,
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /assets/app.js HTTP/1.1\r\nHost: localhost\r\n\r\nnonsense\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


def exchange(port: int, request: bytes, timeout: float = 5) -> bytes:
    """Everything the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        received = b""
        try:
            connection.sendall(request)
            while chunk := connection.recv(65536):
                received += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass
        return received


def receive_until(connection: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        chunk = connection.recv(65536)
        assert chunk, received
        received += chunk
    return received


def request(target: bytes, host: bytes = b"localhost", method: bytes = b"GET") -> bytes:
    return b"%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (method, target, host)


@pytest.mark.parametrize("target", RAW_TARGETS)
def test_raw_paths(running: Any, target: bytes) -> None:
    reply = exchange(running.port, request(target))
    assert b"SECRET" not in reply
    assert reply.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 200 " if target.startswith(b"/?") else b"HTTP/1.1 404 "))
    assert b"x-content-type-options: nosniff" in reply


@pytest.mark.parametrize("sent", BROKEN_REQUESTS)
def test_broken_requests_are_refused_quietly(running: Any, sent: bytes) -> None:
    reply = exchange(running.port, sent)
    assert not reply.startswith(b"HTTP/1.1 5")
    assert exchange(running.port, request(b"/")).startswith(b"HTTP/1.1 200 ")


def test_head_and_length(running: Any) -> None:
    head, _, body = exchange(running.port, request(b"/assets/app.js", method=b"HEAD")).partition(b"\r\n\r\n")
    assert b"content-length: 5200" in head
    assert b"server:" not in head.lower()
    assert body == b""


def test_other_hosts_are_refused(running: Any) -> None:
    assert exchange(running.port, request(b"/", host=b"evil.example")).startswith(b"HTTP/1.1 421 ")
    for host in (b"localhost", b"127.0.0.1:80", b"[::1]"):
        assert exchange(running.port, request(b"/", host=host)).startswith(b"HTTP/1.1 200 ")


def test_half_open_connections_are_closed(running: Any) -> None:
    begun = time.monotonic()
    whole = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    starts = [b"", b"G", whole[:-2], b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf"]
    sockets = [socket.create_connection(("127.0.0.1", running.port), timeout=8) for _ in range(len(starts) * 20)]
    for index, connection in enumerate(sockets):
        connection.sendall(starts[index % len(starts)])
    for connection in sockets:
        with connection:
            try:
                while connection.recv(65536):
                    pass
            except ConnectionResetError:
                pass
    assert 0.3 < time.monotonic() - begun < 8


def test_a_second_request_has_a_deadline_too(running: Any) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=8) as connection:
        connection.sendall(b"GET /LICENSE HTTP/1.1\r\nHost: localhost\r\n\r\n")
        receive_until(connection, b"MIT")
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"GET /LIC")
            assert connection.recv(65536) == b""
    assert time.monotonic() - begun < 4  # uvicorn alone would wait for ever


def test_heads_are_limited(running: Any) -> None:
    whole = request(b"/")[:-2] + b"X: " + b"a" * 100_000
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as connection:
        connection.sendall(whole)
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_bytes_do_not_move_the_deadline(running: Any) -> None:
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        with contextlib.suppress(OSError):
            while time.monotonic() - begun < 8:
                connection.sendall(b"a")
                time.sleep(0.05)
    assert time.monotonic() - begun < 4


def test_a_complete_request_outlives_the_deadline(running: Any) -> None:
    whole = b"GET /LICENSE HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as connection:
        for _ in range(2):
            connection.sendall(whole)
            assert receive_until(connection, b"MIT").startswith(b"HTTP/1.1 200 ")
            time.sleep(0.8)


def test_a_hundred_downloads_at_once(make_site: Callable[..., Path], start: Any, tmp_path: Path) -> None:
    data = random.Random(3).randbytes(1_000_003)
    expected = hashlib.sha256(data).hexdigest()
    process = start(make_site(tmp_path, {"index.html": b"x", "assets/model.onnx": data}))

    async def download() -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
        writer.write(request(b"/assets/model.onnx"))
        await reader.readuntil(b"\r\n\r\n")
        digest = hashlib.sha256()
        while chunk := await reader.read(65536):
            digest.update(chunk)
        writer.close()
        await writer.wait_closed()
        return digest.hexdigest()

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(download() for _ in range(100)))

    assert asyncio.run(all_of_them()) == [expected] * 100
    status = Path(f"/proc/{process.popen.pid}/status")
    if status.exists():
        peak = int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1])
        assert peak < 150_000  # KB
    assert process.stop() == (128 + signal.SIGINT, "", "")


def test_ctrl_c_cuts_downloads_and_idle_connections(make_site: Callable[..., Path], start: Any, tmp_path: Path) -> None:
    process = start(make_site(tmp_path, {"index.html": b"x", "assets/model.onnx": bytes(30_000_000)}))
    with (
        socket.create_connection(("127.0.0.1", process.port), timeout=5) as download,
        socket.create_connection(("127.0.0.1", process.port), timeout=5),
    ):
        download.sendall(request(b"/assets/model.onnx"))
        assert download.recv(12) == b"HTTP/1.1 200"
        begun = time.monotonic()
        assert process.stop() == (128 + signal.SIGINT, "", "")
        assert time.monotonic() - begun < 8


def test_sigterm_ends_it_too(site: Path, start: Any) -> None:
    assert start(site).stop(signal.SIGTERM) == (128 + signal.SIGTERM, "", "")


def open_models(pid: int) -> int:
    """How many model files the process holds open; 0 where the system does not tell."""
    links = []
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(OSError):  # closed in between
            links.append(link.readlink().suffix)
    return links.count(".onnx")


def test_a_lost_client_does_not_disturb(make_site: Callable[..., Path], start: Any, tmp_path: Path) -> None:
    process = start(make_site(tmp_path, {"index.html": b"x", "assets/model.onnx": bytes(30_000_000)}))
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", process.port)) as download:
            download.sendall(request(b"/assets/model.onnx"))
            download.recv(12)
    assert exchange(process.port, request(b"/")).endswith(b"\r\n\r\nx")
    until = time.monotonic() + 5
    while open_models(process.popen.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert open_models(process.popen.pid) == 0
    assert process.stop() == (128 + signal.SIGINT, "", "")


def test_a_broken_body_during_an_answer(make_site: Callable[..., Path], start: Any, tmp_path: Path) -> None:
    process = start(make_site(tmp_path, {"index.html": b"x", "assets/model.onnx": bytes(30_000_000)}))
    with socket.create_connection(("127.0.0.1", process.port), timeout=5) as download:
        download.sendall(b"GET /assets/model.onnx HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n")
        assert download.recv(12) == b"HTTP/1.1 200"
        download.sendall(b"zz\r\n")
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while chunk := download.recv(1 << 20):
                received += len(chunk)
        assert received < 30_000_000
    assert process.stop() == (128 + signal.SIGINT, "", "")


def test_a_taken_port(site: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(edgeweb_server.ServeError, match=f"Port {port} on 127.0.0.1 cannot be used.*--port"):
            edgeweb_server.serve(site, port=port)


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 70000), ("127.0.0.1", -1), ("no.such.host.invalid", 0), ("", 0)]
)
def test_an_address_that_cannot_be_used(site: Path, host: str, port: int) -> None:
    with pytest.raises(edgeweb_server.ServeError, match="Try --"):
        edgeweb_server.serve(site, host=host, port=port)


def test_a_folder_that_cannot_be_served(tmp_path: Path) -> None:
    with pytest.raises(edgeweb_server.ServeError, match="is not a site"):
        edgeweb_server.serve(tmp_path, port=0)


def test_an_error_in_on_ready_ends_the_server(site: Path) -> None:
    def fail(url: str) -> None:
        raise LookupError(url)

    with pytest.raises(LookupError):
        edgeweb_server.serve(site, port=0, on_ready=fail)


def test_other_addresses(site: Path, start: Any) -> None:
    process = start(site, host="0.0.0.0")
    assert process.url == f"http://localhost:{process.port}/"
    assert exchange(process.port, request(b"/", host=b"my-laptop.local")).startswith(b"HTTP/1.1 200 ")
    assert process.stop()[0] == 128 + signal.SIGINT


def test_the_package_never_imports_the_builder() -> None:
    for path in Path(edgeweb_server.__file__).parent.glob("*.py"):
        for line in path.read_text().splitlines():
            assert not line.strip().startswith(("import edgeweb.", "from edgeweb.", "from edgeweb import"))
            assert line.strip() != "import edgeweb"
