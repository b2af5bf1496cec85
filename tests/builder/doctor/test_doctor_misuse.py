"""Hosts that answer what no host should: the doctor says so and comes to its end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from edgeweb.doctor import opening
from edgeweb.doctor.asking import LATE, Ask, Client
from edgeweb.doctor.checks import caching
from edgeweb.errors import SiteError


@contextmanager
def host(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A host that answers every request so; its address."""

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.recv(4096)
            answer(connection)

    def all_of_them(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=all_of_them, args=(server,), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def _early_hints(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        time.sleep(0.02)


def _head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: y\r\n")
        time.sleep(0.02)


def _body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


@pytest.mark.parametrize("answer", [_early_hints, _head, _body])
def test_an_answer_that_never_ends_is_left(answer: Callable[[socket.socket], None]) -> None:
    with host(answer) as url:
        client = Client(url, 0.5)
        try:
            assert client.ask(Ask("")).problem in (LATE, "it is longer than the file, or takes too long")
        finally:
            client.close()


@pytest.mark.parametrize(
    "head",
    [
        "503 Busy\r\nRetry-After: \u00b2", "302 Found\r\nLocation: http://[", "302 Found\r\nLocation: http://x:99999/",
        "302 Found\r\nLocation: http://[::1/edgeweb.json", "302 Found\r\nLocation: http://x:0/edgeweb.json",
    ],
)  # fmt: skip
def test_a_head_that_says_nothing_is_told(head: str) -> None:
    answer = f"HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n".encode()
    with host(lambda each: each.sendall(answer)) as url, pytest.raises((SiteError, opening.Closed)):
        opening.opened(url, 5)


def test_no_cookie_goes_back() -> None:
    asked = []

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n")
        asked.append(connection.recv(4096))

    with host(answer) as url:
        client = Client(url, 5)
        try:
            for path in ("a", "b"):
                client.ask(Ask(path))
        finally:
            client.close()
    assert any(b"GET /b" in each for each in asked)
    assert not any(b"cookie" in each.lower() for each in asked)


def test_an_age_that_is_none_or_endless_is_read() -> None:
    assert caching.seconds("max-age=\u00b2") is None
    assert (caching.seconds("max-age=" + "9" * 5000) or 0) > 31536000
