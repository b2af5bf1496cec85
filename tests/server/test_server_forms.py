"""The bytes of stored forms: small ones from memory, parts of large ones from the file into a socket."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from edgeweb_server import forms
from edgeweb_server.disk import seen_of
from edgeweb_server.download import Download
from edgeweb_server.forms import Memory, Trust
from edgeweb_server.site import Form


def form(path: Path) -> Form:
    """The form that a site has whose build is on disk now."""
    data = path.read_bytes()
    return Form(str(path), len(data), '"x"', 0, hashlib.sha256(data).hexdigest(), seen_of(path.stat()))


def test_memory_is_bounded_and_never_old(tmp_path: Path) -> None:
    memory = Memory(Trust(), 10)
    paths = [tmp_path / name for name in "abcd"]
    for path in paths:
        path.write_bytes(path.name.encode() * 4)
        assert memory.read(form(path)) == path.name.encode() * 4
    assert list(memory._kept) == [str(path) for path in paths[2:]]
    beside = tmp_path / "new"
    beside.write_bytes(b"eeee")
    beside.replace(paths[3])
    newer = form(paths[3])
    assert memory.read(newer) == b"eeee"
    assert memory.kept(newer) == b"eeee"
    assert memory.kept(replace(newer, etag='"y"')) is None
    paths[3].write_bytes(b"ff")
    with pytest.raises(OSError, match="has 2 bytes, not 4"):
        memory.read(newer)


def test_a_changed_file_is_read_once_to_be_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"same")
    os.utime(path, (0, 0))
    known, trust = form(path), Trust()

    def written(data: bytes) -> bool | None:
        (tmp_path / "new").write_bytes(data)
        (tmp_path / "new").replace(path)
        return trust.verdict(known, seen_of(path.stat()))

    assert trust.judged(known)
    assert written(b"else") is None
    assert not trust.judged(known)
    for settled, verdict in ((3600 * 10**9, None), (-3600 * 10**9, False)):
        monkeypatch.setattr(forms, "_SETTLED_NS", settled)
        with pytest.raises(OSError, match="other bytes"):
            trust.open(known)
        assert trust.verdict(known, seen_of(path.stat())) is verdict
    assert written(b"same") is None
    with trust.open(known) as file:
        assert file.read() == b"same"
    assert trust.verdict(known, seen_of(path.stat())) is True
    path.unlink()
    assert trust.judged(known)


@pytest.mark.parametrize("name", ["LICENSE", "assets/app.js.br", "assets/big.bin"])
def test_bytes_that_changed_under_their_tag_are_not_sent(
    make_site: Callable[..., Path], client_of: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    big = bytes(100_000)
    folder = make_site(tmp_path, {"LICENSE": b"MIT", "assets/app.js": b"//" * 500, "assets/big.bin": big})
    path = folder / name
    os.utime(path, (0, 0))
    get = client_of(folder)
    data = path.read_bytes()
    flipped = bytes([data[0] ^ 1]) + data[1:]
    address = "/" + name.removesuffix(".br")

    def got() -> list[tuple[int, bytes]]:
        replies = [get(address, accept_encoding="br"), get(address, "HEAD", accept_encoding="br")]
        return [(reply.status, reply.body) for reply in replies]

    assert got() == [(200, data), (200, b"")]
    path.write_bytes(flipped)
    assert [status for status, _ in got()] == [503, 503]
    # The same bytes again, as a copy or with another time, are the same file.
    path.unlink()
    path.write_bytes(data)
    assert got() == [(200, data), (200, b"")]
    os.utime(path, (1, 1))
    assert got() == [(200, data), (200, b"")]


@pytest.mark.parametrize("has_sendfile", [True, False])
def test_a_download_takes_what_the_system_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, has_sendfile: bool
) -> None:
    if not has_sendfile:  # as on Windows
        monkeypatch.delattr(os, "sendfile", raising=False)
    data = random.Random(6).randbytes(700_000)
    (tmp_path / "file").write_bytes(data)

    async def sent() -> bytes:
        ours, theirs = socket.socketpair()
        reader, other = await asyncio.open_connection(sock=theirs)
        _, writer = await asyncio.open_connection(sock=ours)
        writer.transport.set_write_buffer_limits(high=0)
        download = Download(writer.transport, (tmp_path / "file").open("rb"), range(5, 650_000))

        async def send() -> None:
            while not download.advance():
                await writer.drain()
            download.close()
            writer.close()

        received, _ = await asyncio.gather(reader.read(), send())
        await writer.wait_closed()
        other.close()
        return received

    assert asyncio.run(sent()) == data[5:650_000]
