"""A site in a folder, as the checks look at it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from edgeweb import manifest
from edgeweb.doctor import decoding
from edgeweb.doctor.decoding import UndecodableError
from edgeweb.manifest import Manifest

ENDINGS = {"br": ".br", "gzip": ".gz"}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Stored:
    """A file on disk: its bytes, and what they are, decoded. `problem`: why they cannot be read."""

    size: int = 0
    sha256: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Folder:
    """`text`: of edgeweb.json; `now`: this machine's time."""

    path: Path
    manifest: Manifest
    text: bytes
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def opened(cls, path: Path) -> Folder:
        """The site in a folder; SiteError where there is none."""
        found = manifest.read(path)
        return cls(path, found, (path / "edgeweb.json").read_bytes())

    @cached_property
    def present(self) -> dict[str, int]:
        """Every file in it, with its bytes; what is hidden belongs to whoever runs it."""
        paths = (path for path in sorted(self.path.rglob("*")) if path.is_file())
        named = ((path.relative_to(self.path).as_posix(), path.stat().st_size) for path in paths)
        return {name: size for name, size in named if not name.startswith(".edgeweb/")}

    def read(self, name: str) -> bytes | None:
        """A file as a whole; None where it cannot be read."""
        try:
            return (self.path / name).read_bytes()
        except OSError:
            return None

    def stored(self, name: str, coding: str = "") -> Stored:
        """What a file holds, after a coding is taken off."""
        digest, size = hashlib.sha256(), 0
        try:
            chain = decoding.Chain([coding] if coding else [])
            for chunk in self._chunks(name):
                for piece in chain.pieces(chunk):
                    digest.update(piece)
                    size += len(piece)
            chain.close()
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            return Stored(problem="is not there" if missing else f"cannot be read ({error.strerror})")
        except UndecodableError as error:
            return Stored(problem=f"cannot be decoded: {error}")
        return Stored(size, digest.hexdigest())

    def _chunks(self, name: str) -> Iterator[bytes]:
        with (self.path / name).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
