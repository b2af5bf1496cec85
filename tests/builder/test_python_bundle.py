"""The compressed standard library is read again by the next build, and never trusted."""

from __future__ import annotations

import os
from pathlib import Path

import brotli
import pytest
from edgeweb import python_bundle


def test_the_next_build_reads_what_the_last_one_compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    room = tmp_path / "edgeweb" / "library"
    data = bytes(python_bundle._SLOW_BYTES)
    python_bundle._compressed.cache_clear()
    right = python_bundle._compressed(data)
    (kept,) = room.iterdir()
    assert kept.read_bytes() == right[0]
    # Another level's bytes, which are as right, show where it came from; those of other data are not taken.
    for found, wanted in ((brotli.compress(data, quality=1), None), (brotli.compress(b"x"), right[0]), (b"", right[0])):
        kept.write_bytes(found)
        python_bundle._compressed.cache_clear()
        assert python_bundle._compressed(data)[0] == (found if wanted is None else wanted)
    python_bundle._compressed.cache_clear()


def test_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    room = tmp_path / "edgeweb" / "library"
    room.mkdir(parents=True)
    for number in range(10):
        (room / f"{number}.br").write_bytes(b"")
        os.utime(room / f"{number}.br", (number, number))
    python_bundle._compressed.cache_clear()
    python_bundle._compressed(bytes(python_bundle._SLOW_BYTES))
    python_bundle._compressed.cache_clear()
    names = {path.name for path in room.iterdir()}
    assert len(names) == 8 and {"9.br", "3.br"} < names and "2.br" not in names
