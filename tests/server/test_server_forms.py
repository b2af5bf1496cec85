"""The bytes of stored forms: small ones from memory, parts of large ones from the file into a socket."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from edgeweb_server.download import Download
from edgeweb_server.forms import Memory
from edgeweb_server.site import Form


def form(path: Path, size: int = 4) -> Form:
    return Form(str(path), size, '"x"', 0)


def test_memory_is_bounded_and_never_old(tmp_path: Path) -> None:
    memory = Memory(10)
    paths = [tmp_path / name for name in "abcd"]
    for path in paths:
        path.write_bytes(path.name.encode() * 4)
        assert memory.read(form(path)) == path.name.encode() * 4
    assert list(memory._kept) == [str(path) for path in paths[2:]]
    beside = tmp_path / "new"
    beside.write_bytes(b"eeee")
    beside.replace(paths[3])
    assert memory.read(form(paths[3])) == b"eeee"
    assert memory.kept(form(paths[3])) == b"eeee"
    assert memory.kept(replace(form(paths[3]), etag='"y"')) is None
    paths[3].write_bytes(b"ff")
    with pytest.raises(OSError, match="has 2 bytes, not 4"):
        memory.read(form(paths[3]))


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
