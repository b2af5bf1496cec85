"""What the server answers to requests for parts of a file."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Get = Callable[..., Any]
MODEL = random.Random(1).randbytes(1000)
SCRIPT = b"export const answer = 42;\n" * 200


def test_entity_tags(get: Get) -> None:
    tags = {get("/assets/app.js", accept_encoding=accept).headers["etag"] for accept in ("br", "gzip", "")}
    assert len(tags) == 3
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)
    brotli = get("/assets/app.js", accept_encoding="br").headers["etag"]
    for method in ("GET", "HEAD"):
        reply = get("/assets/app.js", method, accept_encoding="br", if_none_match=f'"x", W/{brotli}')
        assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", brotli)
        assert "content-length" not in reply.headers
    assert get("/assets/app.js", accept_encoding="gzip", if_none_match=brotli).status == 200


@pytest.mark.parametrize(
    ("sent", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=990-", 990, 999),
        ("bytes=-5", 995, 999),
        ("bytes=0-5000", 0, 999),
        ("bytes=-5000", 0, 999),
    ],
)
def test_ranges(get: Get, sent: str, first: int, last: int) -> None:
    reply = get("/assets/model.onnx", range=sent)
    assert (reply.status, reply.body) == (206, MODEL[first : last + 1])
    assert reply.headers["content-range"] == f"bytes {first}-{last}/1000"
    assert reply.headers["content-length"] == str(last - first + 1)


def test_a_range_is_never_of_compressed_bytes(get: Get) -> None:
    reply = get("/assets/app.js", range="bytes=5-14", accept_encoding="br, gzip, identity;q=0")
    assert (reply.status, reply.body) == (206, SCRIPT[5:15])
    assert "content-encoding" not in reply.headers
    assert reply.headers["content-range"] == f"bytes 5-14/{len(SCRIPT)}"
    ignored = get("/assets/app.js", range="bytes=0-1,5-6", accept_encoding="br")
    assert (ignored.status, ignored.body) == (200, SCRIPT)
    assert "content-encoding" not in ignored.headers


def test_unsatisfiable_ranges(get: Get) -> None:
    reply = get("/assets/model.onnx", range="bytes=1000-")
    assert (reply.status, reply.headers["content-range"]) == (416, "bytes */1000")
    assert get("/assets/empty.txt", range="bytes=0-").headers["content-range"] == "bytes */0"
    assert get("/assets/empty.txt").body == b""


def test_ranges_that_are_ignored(get: Get) -> None:
    for value in ("bytes=0-1,4-5", "bytes=9-5", "bytes=x", "lines=1-2", ""):
        assert get("/assets/model.onnx", range=value).body == MODEL
    assert get("/assets/model.onnx", headers=[("range", "bytes=0-1"), ("range", "bytes=2-3")]).status == 200
    head = get("/assets/model.onnx", "HEAD", range="bytes=0-1")
    assert (head.status, head.headers["content-length"]) == (200, "1000")


def test_if_range(get: Get) -> None:
    plain = get("/assets/app.js", range="bytes=0-1").headers["etag"]
    brotli = get("/assets/app.js", accept_encoding="br").headers["etag"]
    assert get("/assets/app.js", range="bytes=0-1", if_range=plain).status == 206
    for other in (brotli, f"W/{plain}", '"x"', "Wed, 21 Oct 2015 07:28:00 GMT"):
        reply = get("/assets/app.js", range="bytes=0-1", if_range=other)
        assert (reply.status, reply.body) == (200, SCRIPT)


def test_three_thousand_random_ranges(get: Any) -> None:
    rng = random.Random(7)
    pieces = ["bytes", "=", "-", ",", " ", "0", "9", "999", "1000", "1" * 30, "q", "\t", "\xff", "W/", "*", "=-"]
    values = []
    for _ in range(3000):
        value = "".join(rng.choices(pieces, k=rng.randrange(8)))
        if rng.random() < 0.7:
            value = f"bytes={rng.choice(['', rng.randrange(1200)])}-{rng.choice(['', rng.randrange(1200)])}"
        values.append(value)
    replies = get.each_range("/assets/model.onnx", values)
    for reply in replies:
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert int(reply.headers["content-length"]) == len(reply.body)
        if reply.status == 206:
            first, last = reply.headers["content-range"].removeprefix("bytes ").removesuffix("/1000").split("-")
            assert reply.body == MODEL[int(first) : int(last) + 1]
        elif reply.status == 200:
            assert reply.body == MODEL
    assert {reply.status for reply in replies} == {200, 206, 416}


def test_large_files_are_sent_in_pieces(make_site: Get, client_of: Get, tmp_path: Path) -> None:
    data = random.Random(2).randbytes(300_000)
    get = client_of(make_site(tmp_path, {"a.bin": data}))
    assert get("/a.bin").body == data
    assert get("/a.bin", range="bytes=7-250000").body == data[7:250_001]
    head = get("/a.bin", "HEAD")
    assert (head.body, head.headers["content-length"]) == (b"", "300000")
