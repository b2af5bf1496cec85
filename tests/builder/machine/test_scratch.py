"""Scratch folders: gone after use, swept when their owner is, and never anybody else's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from edgeweb.machine import scratch


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a build that was killed leaves it, alone in the system's folder for such."""
    places = tmp_path / "places"
    places.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(places))
    with scratch.folder() as room:
        (room / "weights").write_bytes(b"1")
        shutil.copytree(room.parent, tmp_path / "kept")
    assert not any(places.iterdir())
    return (tmp_path / "kept").rename(places / room.parent.name)


def test_what_a_killed_build_left_is_swept(left: Path) -> None:
    with scratch.folder() as room:
        scratch.sweep()
        assert not left.exists()
        assert room.is_dir() and not any(room.iterdir())


def unmarked(left: Path) -> Path:
    next(path for path in left.iterdir() if path.is_file()).unlink()
    return left


def otherwise_marked(left: Path) -> Path:
    next(path for path in left.iterdir() if path.is_file()).write_text("mine\n")
    return left


def linked(left: Path) -> Path:
    away = left.rename(left.parent.parent / "away")
    left.symlink_to(away)
    return away


def linked_inside(left: Path) -> Path:
    away = left.parent.parent / "away"
    (left / "room").rename(away)
    (left / "room").symlink_to(away)
    return away


def named_otherwise(left: Path) -> Path:
    return left.rename(left.with_name("mine-edgeweb-1"))


def anothers(left: Path) -> Path:
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(left, 12345, 12345)
    return left


@pytest.mark.parametrize("change", [unmarked, otherwise_marked, linked, linked_inside, named_otherwise, anothers])
def test_what_is_not_ours_stays(left: Path, change: Callable[[Path], Path]) -> None:
    place = change(left)
    scratch.sweep()
    assert next(place.rglob("weights")).read_bytes() == b"1"


def test_a_folder_within_another_has_its_disk(tmp_path: Path) -> None:
    with scratch.folder(tmp_path) as room:
        assert room.is_relative_to(tmp_path)
    assert not any(tmp_path.iterdir())
