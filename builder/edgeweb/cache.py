"""Where this user's machine keeps what builds make once and read again."""

from __future__ import annotations

import os
from pathlib import Path


def folder(kind: str) -> Path:
    """The folder for what is kept of that kind; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "edgeweb" / kind


def write(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, then put it there: whoever reads meanwhile finds all of it or nothing. OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)
