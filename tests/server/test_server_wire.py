"""What a client meets on the wire: strict reading, one answer by either way, downloads that wait for their client."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h11
import pytest
from edgeweb_server.answer import BARE_HEADERS
from edgeweb_server.desk import Desk
from edgeweb_server.hosts import Hosts
from edgeweb_server.quick import Quick
from edgeweb_server.site import load
from edgeweb_server.strict import StrictConnection

HOST = b"Host: localhost\r\n"
LINE = b"GET / HTTP/1.1\r\n"
LARGE = random.Random(4).randbytes(3_000_001)
# As nginx answers them, each with the status alone.
REFUSED = [
    (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    (LINE + b"\r\n", 400),
    (LINE + HOST + HOST + b"\r\n", 400),
    (LINE + HOST + b"X: a\r\n b\r\n\r\n", 400),
    (LINE + b" X: a\r\n" + HOST + b"\r\n", 400),
    (LINE + HOST + b"Host : x\r\n\r\n", 400),
    (LINE + HOST + b"X: a\0b\r\n\r\n", 400),
    (LINE + HOST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello", 400),
    (LINE + HOST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (LINE + HOST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    (b"GET /" + b"a" * 40_000, 414),
    (LINE + HOST + b"X: " + b"a" * 9_000 + b"\r\n\r\n", 400),
    (LINE + HOST + b"".join(b"X%d: %s\r\n" % (n, b"a" * 7_000) for n in range(5)) + b"\r\n", 400),
    (LINE + HOST + b"X: b\r\n" * 1_100 + b"\r\n", 400),
    (LINE + HOST + b"X: " + b"a" * 3_000_000, 400),
]


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(1 << 20):
            received += chunk
    return received


def exchange(port: int, sent: bytes) -> bytes:
    with connect(port) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(sent)
        return rest(connection)


def parsed(reply: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = reply.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value) for name, _, value in (field.partition(": ") for field in fields)]
    assert len(headers) == len(dict(headers)), headers
    return int(line.split()[1]), dict(headers), body


def ask(path: str, *fields: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *fields, "\r\n"]).encode("latin-1")


def answer_of(connection: socket.socket, head: bool = False) -> tuple[int, dict[str, str], bytes]:
    """One answer of several on a connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    status, headers, body = parsed(received)
    while len(body) < int(headers.get("content-length", 0)) and not head:
        body += connection.recv(65536)
    return status, headers, body


@pytest.mark.parametrize(("sent", "status"), REFUSED)
def test_what_is_refused(running: Any, sent: bytes, status: int) -> None:
    found, headers, body = parsed(exchange(running.port, sent))
    assert found == status
    assert headers.items() >= (BARE_HEADERS | {"cache-control": "no-store", "connection": "close"}).items()
    assert len(body) == int(headers["content-length"]) > 10


def test_a_target_may_name_its_host(running: Any) -> None:
    """Then the Host header does not count (RFC 9112, 3.2.2)."""
    other = b" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    for target in (b"http://127.0.0.1/index.html", b"HTTP://localhost:80/index.html?x", b"http://localhost"):
        assert parsed(exchange(running.port, b"GET " + target + other))[0] == 200
    own = b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    for target in (b"http://evil.example/", b"http://localhost@evil.example/", b"http:///"):
        assert parsed(exchange(running.port, b"GET " + target + own))[0] == 421


@pytest.fixture(scope="module")
def etag(site: Path) -> str:
    return load(site).files["/assets/app.js"].forms["identity"].etag


@pytest.fixture(scope="module")
def plain(etag: str) -> list[bytes]:
    """Requests that are answered without h11, of every kind of answer."""
    script = "/assets/app.js"
    fields = [
        "Range: bytes=5-9",
        f"If-None-Match: {etag}",
        'If-Match: "x"',
        "Range: bytes=99999-",
        "Connection: keep-alive",
    ]
    coded = ["Accept-Encoding: br", "Accept-Encoding: gzip\r\naccept-encoding: br;q=0", "Accept-Encoding: identity;q=0"]
    return [
        *(ask(path) for path in ("/", script, script + "?x=%00", "/gone", "/%2e%2e/x", "/report", "/assets/empty.txt")),
        *(ask(script, field) for field in (*fields, *coded)),
        ask(script, method="HEAD"),
        ask("/gone", method="HEAD"),
    ]


def test_both_ways_give_the_same_answer(running: Any, plain: list[bytes]) -> None:
    """A header that is not ASCII, or one byte that comes later, is left to h11."""
    with connect(running.port) as short, connect(running.port) as long:
        statuses = set()
        for sent in plain:
            short.sendall(sent)
            long.sendall(sent.replace(HOST, HOST + b"X: \xe9\r\n"))
            first, second = (answer_of(each, sent[:4] == b"HEAD") for each in (short, long))
            for _, headers, _ in (first, second):
                assert headers.pop("date").endswith("GMT")
            assert first == second, sent
            statuses.add(first[0])
        assert statuses == {200, 206, 304, 307, 404, 406, 412, 416}
        short.sendall(plain[0][:-1])
        time.sleep(0.05)
        short.sendall(plain[0][-1:])
        assert answer_of(short)[0] == 200


def test_what_h11_refuses_is_never_answered_without_it(site: Path) -> None:
    quick = Quick(Desk(site), Hosts(["*"]).allow)
    rng = random.Random(5)
    pieces = [
        b"GET ", b"HEAD ", b"POST ", b"/", b"/assets/app.js", b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b" HTTP/2.0\r\n",
        HOST, b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b":", b"\xe9", b"X: y\r\n", b"X:\r\n", b"Range: bytes=0-1\r\n",
        b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n",
        b"Expect: 100-continue\r\n",
    ]  # fmt: skip
    short = 0
    for _ in range(3000):
        parts = [b"GET ", b"/", b" HTTP/1.1\r\n", HOST, *rng.choices(pieces, k=rng.randrange(4)), b"\r\n"]
        for _ in range(rng.randrange(3)):
            parts[rng.randrange(len(parts))] = rng.choice(pieces)
        data = b"".join(parts)
        reply = quick.reply(data, b"")
        if reply is not None:
            short += 1
            other = StrictConnection()
            other.receive_data(data)
            found = [type(other.next_event()), type(other.next_event())]
            assert (found, other.trailing_data[0]) == ([h11.Request, h11.EndOfMessage], b""), data
            assert reply.keeps_open == (other.their_state is h11.DONE), data
    assert short > 200


def test_pipelined_requests_are_answered_in_order(running: Any) -> None:
    paths = ["/", "/LICENSE", "/gone", "/assets/app.js"] * 10
    sent = b"".join(map(ask, paths))
    reply = exchange(running.port, sent + ask("/LICENSE", "Connection: close"))
    assert [int(line[:3]) for line in reply.split(b"HTTP/1.1 ")[1:]] == [200, 200, 404, 200] * 10 + [200]
    assert reply.endswith(b"\r\n\r\nMIT")


def test_preconditions(running: Any, etag: str) -> None:
    for status, field in [
        (200, f"If-Match: {etag}"),
        (200, "If-Match: *"),
        (200, f'If-Match: "x", {etag}'),
        (412, f"If-Match: W/{etag}"),
        (412, "If-Match: x"),
        (412, "If-Unmodified-Since: Wed, 21 Oct 2015 07:28:00 GMT"),
        (200, "If-Unmodified-Since: Wed, 21 Oct 2099 07:28:00 GMT"),
        (200, "If-Unmodified-Since: yesterday"),
        (200, f"If-Match: {etag}\r\nIf-Unmodified-Since: Wed, 21 Oct 2015 07:28:00 GMT"),
        (412, f'If-Match: "x"\r\nIf-None-Match: {etag}'),
    ]:
        found, headers, _ = parsed(exchange(running.port, ask("/assets/app.js", field, "Connection: close")))
        assert found == status, field
        assert headers["x-content-type-options"] == "nosniff"


@pytest.fixture(scope="module")
def serving(make_site: Any, start: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Path]]:
    """A server over a site with large files, which tests change, each its own."""
    folder = tmp_path_factory.mktemp("large")
    sparse = {f"assets/{name}.bin": bytes(20_000_000) for name in ("shrinks", "waits")}
    make_site(folder, {"index.html": b"old", "a.bin": LARGE, **sparse})
    process = start(folder)
    yield process, folder
    assert process.stop() == (128 + signal.SIGINT, "", "")


def test_downloads_and_small_answers_on_one_connection(serving: tuple[Any, Path]) -> None:
    with connect(serving[0].port) as connection:
        for field, part in (("Range: bytes=7-2500000", LARGE[7:2_500_001]), ("X: y", LARGE)):
            # What arrives during a download waits for its end.
            connection.sendall(ask("/a.bin", field))
            time.sleep(0.02)
            connection.sendall(ask("/"))
            answer = answer_of(connection)
            assert hashlib.sha256(answer[2][: len(part)]).digest() == hashlib.sha256(part).digest()
            following = answer[2][len(part) :]
            while not following.endswith(b"old"):
                following += connection.recv(65536)
            assert parsed(following)[0] == 200


def test_a_hundred_slow_clients_keep_no_memory(serving: tuple[Any, Path]) -> None:
    process, _ = serving
    status = Path(f"/proc/{process.popen.pid}/status")
    if not status.exists():
        pytest.skip("this system does not tell a process's memory")

    def resident() -> int:
        return int(next(line for line in status.read_text().splitlines() if line.startswith("VmRSS")).split()[1])

    before = resident()
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            slow = socket.socket()
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stack.enter_context(slow).connect(("127.0.0.1", process.port))
            slow.sendall(ask("/assets/waits.bin"))
            assert slow.recv(12) == b"HTTP/1.1 200"
        assert exchange(process.port, ask("/", "Connection: close")).endswith(b"old")
        assert resident() - before < 10_000  # KB; a thousand have to fit into 150 MB


def test_a_file_that_shrinks_while_it_is_sent(serving: tuple[Any, Path]) -> None:
    process, folder = serving
    with connect(process.port) as connection:
        connection.sendall(ask("/assets/shrinks.bin"))
        received = len(connection.recv(1000))
        os.truncate(folder / "assets/shrinks.bin", 100)
        received += len(rest(connection))
    assert 0 < received < 20_000_000
    assert parsed(exchange(process.port, ask("/assets/shrinks.bin", "Connection: close")))[0] == 503


def test_a_change_shows_on_an_open_connection(make_site: Callable[..., Path], start: Any, tmp_path: Path) -> None:
    folder = make_site(tmp_path, {"index.html": b"old", "LICENSE": b"MIT"})
    process = start(folder, access_log=True)
    with connect(process.port) as connection:

        def get(path: str) -> tuple[int, bytes]:
            connection.sendall(ask(path))
            status, _, body = answer_of(connection)
            return status, body

        assert [get("/"), get("/")] == [(200, b"old")] * 2
        make_site(folder, {"index.html": b"newer", "LICENSE": b"MIT", "empty": b""})
        assert [get("/"), get("/")] == [(200, b"newer")] * 2
        assert get("/LICENSE") == (200, b"MIT")
        (folder / "LICENSE").write_bytes(b"MI")
        assert get("/LICENSE")[0] == 503
        # A pipe without a writer must not hold the server, nor one where an empty file was.
        for name in ("LICENSE", "empty"):
            (folder / name).unlink()
            os.mkfifo(folder / name)
            assert get(f"/{name}")[0] == 503
        connection.sendall(ask("/gone?x", "X: \xe9"))
        assert answer_of(connection)[0] == 404
    code, out, err = process.stop()
    assert (code, err) == (128 + signal.SIGINT, "")
    statuses = (
        [("/", 200)] * 4
        + [("/LICENSE", 200), ("/LICENSE", 503)]
        + [("/LICENSE", 503), ("/empty", 503), ("/gone?x", 404)]
    )
    assert [line.partition(" - ")[2] for line in out.splitlines()] == [
        f'"GET {path} HTTP/1.1" {status}' for path, status in statuses
    ]
