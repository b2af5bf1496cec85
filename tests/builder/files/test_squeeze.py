"""What brotli took long for is read again by the next build, and never trusted."""

from __future__ import annotations

import os
from pathlib import Path

import brotli
import pytest
from edgeweb.files import squeeze
from edgeweb.machine import cache

SLOW = bytes(squeeze._KEPT_BYTES)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "edgeweb" / "brotli"


def test_the_next_build_reads_what_the_last_one_compressed(room: Path) -> None:
    right = squeeze.brotli_form(SLOW)
    assert brotli.decompress(right) == SLOW
    (kept,) = room.iterdir()
    assert kept.read_bytes() == right
    # Another level's bytes, which are as right, show where it came from; those of other data are not taken.
    for found, wanted in ((brotli.compress(SLOW, quality=1), None), (brotli.compress(b"x"), right), (b"", right)):
        kept.write_bytes(found)
        assert squeeze.brotli_form(SLOW) == (found if wanted is None else wanted)


def test_what_takes_no_time_is_not_kept(room: Path) -> None:
    large = bytes(squeeze.SLOW_BYTES + 1)
    for data in (SLOW[1:], large):
        assert brotli.decompress(squeeze.brotli_form(data)) == data
        assert not room.exists()
    assert brotli.decompress(squeeze.brotli_form(large, slowest=True)) == large
    assert len(list(room.iterdir())) == 1


def test_the_last_used_are_kept(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST_BYTES", 50)
    room.mkdir(parents=True)
    for number in range(10):
        (room / str(number)).write_bytes(bytes(10))
        os.utime(room / str(number), (number, number))
    cache.read(room / "0")
    squeeze.brotli_form(SLOW)
    names = {path.name for path in room.iterdir()}
    assert len(names) == 4 and {"0", "9", "8"} < names


def test_without_room_it_is_made_again(room: Path) -> None:
    room.parent.write_bytes(b"")
    assert brotli.decompress(squeeze.brotli_form(SLOW)) == SLOW


def test_what_a_light_checkout_lacks_is_made_as_the_browser_half_makes_it(tmp_path: Path) -> None:
    data = b"a few words that stand here more than once, more than once" * 40
    for name, quality in (("ort-wasm-jspi-1a2b3c4d.wasm", 9), ("pyodide-1a2b3c4d.wasm", 11)):
        (path := tmp_path / name).write_bytes(data)
        Path(f"{path}.gz").write_bytes(b"gzip")
        assert squeeze.beside(path) == (brotli.compress(data, quality=quality, lgwin=22), b"gzip")
        Path(f"{path}.br").write_bytes(b"brotli")
        assert squeeze.beside(path) == (b"brotli", b"gzip")
