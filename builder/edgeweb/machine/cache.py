"""Where this user's machine keeps what builds make once and read again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

# The files of a folder: what builds of some dozens of models leave behind.
_MOST_BYTES = 256 << 20


def folder(kind: str) -> Path:
    """The folder for what is kept of that kind; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "edgeweb" / kind


def read(path: Path) -> bytes:
    """What was kept there, which now counts as used. OSError."""
    data = path.read_bytes()
    with suppress(OSError):
        os.utime(path)
    return data


def write(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, then put it there: whoever reads meanwhile finds all of it or nothing. OSError.

    What was used longest ago goes, where its folder has become too large.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)
    _make_room(path.parent)


def _make_room(folder: Path) -> None:
    known = []
    for path in folder.iterdir():
        # Another build may remove it meanwhile.
        with suppress(OSError):
            if path.is_file():
                known.append((path.stat(), path))
    taken = 0
    for about, path in sorted(known, key=lambda each: each[0].st_mtime, reverse=True):
        taken += about.st_size
        if taken > _MOST_BYTES:
            path.unlink(missing_ok=True)
