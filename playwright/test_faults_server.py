"""The test host itself: each fault is on the wire what its name says, and the sinks keep what they are sent."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import brotli
import faults
import pytest
from faults import FaultServer
from loopback import HOST, Loop
from sinks import HttpSink, UdpSink, canaries

BODY = bytes(range(256)) * 8


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


def release(folder: Path, body: bytes = BODY) -> Path:
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "data.bin").write_bytes(body)
    (folder / "data.bin.br").write_bytes(brotli.compress(body))
    rules = [{"source": "/*", "headers": {"X-All": "1"}}, {"source": "/", "headers": {"X-Page": "1"}}]
    (folder / "headers.json").write_text(json.dumps({"format": 1, "rules": rules}))
    return folder


@pytest.fixture
def host(loop: Loop, tmp_path: Path) -> Iterator[FaultServer]:
    server = FaultServer(loop, release(tmp_path / "one"))
    yield server
    server.close()


def ask(host: FaultServer, path: str = "/data.bin", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(HOST, host.port, timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    try:
        return answer, answer.read()
    finally:
        connection.close()


def test_without_a_fault_it_is_an_ordinary_host(host: FaultServer, tmp_path: Path) -> None:
    answer, body = ask(host)
    assert (answer.status, body, answer.headers["x-all"]) == (200, BODY, "1")
    answer, body = ask(host, **{"Accept-Encoding": "gzip, br"})
    assert (answer.headers["content-encoding"], brotli.decompress(body)) == ("br", BODY)
    assert ask(host, **{"If-None-Match": ask(host)[0].headers["etag"]})[0].status == 304
    assert ask(host, "/")[0].headers["x-page"] == "1"
    assert ask(host, "/../../etc/passwd")[0].status == ask(host, "/none")[0].status == 404
    assert [hit.path for hit in host.log[:2]] == ["data.bin", "data.bin"]


def test_bytes_that_are_not_the_files(host: FaultServer) -> None:
    host.inject("data.bin", faults.flip(5, 0x80))
    found = ask(host, **{"Accept-Encoding": "br"})[1]
    assert [at for at in range(len(BODY)) if found[at] != BODY[at]] == [5]
    host.inject("data.bin", faults.truncated(7))
    assert ask(host)[1] == BODY[:7]
    host.inject("data.bin", faults.instead(b"else"))
    assert ask(host)[1] == b"else"
    host.inject("data.bin", faults.short_length(9))
    assert ask(host)[1] == BODY[:9]
    host.inject("data.bin", faults.closed(11))
    answer, body = ask(host)
    assert (answer.headers["content-length"], body) == (None, BODY[:11])


def test_connections_that_break(host: FaultServer) -> None:
    host.inject("data.bin", faults.cut(13))
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        ask(host)
    host.inject("data.bin", faults.slow(len(BODY) * 4))
    began = time.monotonic()
    assert ask(host)[1] == BODY
    assert time.monotonic() - began > 0.2
    for after, expected in ((-1, b""), (3, BODY[:3])):
        host.inject("data.bin", faults.stall(after))
        with socket.create_connection((HOST, host.port), 5) as line:
            line.sendall(b"GET /data.bin HTTP/1.1\r\n\r\n")
            came = b""
            while after >= 0 and not came.partition(b"\r\n\r\n")[2].startswith(expected):
                part = line.recv(1000)
                assert part, came
                came += part
            # And no more than that.
            line.settimeout(0.3)
            with pytest.raises(TimeoutError):
                came += line.recv(1000)
            assert came.partition(b"\r\n\r\n")[2] == expected
            assert (came == b"") == (after < 0)


def test_other_answers_by_number(host: FaultServer, tmp_path: Path) -> None:
    host.inject("data.bin", faults.status(503), first=2, count=1)
    host.inject("data.bin", faults.wrong_206(4), first=3, count=1)
    host.inject("data.bin", faults.unsatisfiable(), first=4, count=1)
    host.inject("data.bin", faults.stale(release(tmp_path / "old", b"old")), first=5, count=1)
    answers = [ask(host) for _ in range(6)]
    assert [answer.status for answer, _ in answers] == [200, 503, 206, 416, 200, 200]
    assert answers[2][1] == BODY[:4]
    assert answers[4][1] == b"old"
    assert answers[5][1] == BODY


def test_a_deploy_at_a_given_request(host: FaultServer, tmp_path: Path) -> None:
    host.deploy(release(tmp_path / "two", b"two"), at_request=2)
    assert [ask(host)[1] for _ in range(3)] == [BODY, b"two", b"two"]


def test_sinks_keep_what_they_are_sent(loop: Loop) -> None:
    http_sink, udp_sink = HttpSink(loop), UdpSink(loop)
    connection = http.client.HTTPConnection(HOST, http_sink.port, timeout=5)
    connection.request("POST", "/?canary1-query", body=b"canary1-body", headers={"Host": "canary1-host.localhost"})
    assert connection.getresponse().status == 200
    connection.close()
    assert canaries(http_sink.received(), "canary1") == {"query", "body", "host"}
    assert http_sink.hosts == {"canary1-host.localhost"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"hello", (HOST, udp_sink.port))
    until = time.monotonic() + 20
    while not udp_sink.datagrams and time.monotonic() < until:
        time.sleep(0.01)
    assert udp_sink.datagrams == [b"hello"]
    http_sink.close()
    udp_sink.close()
