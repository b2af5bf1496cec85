"""Bytes into the site's files: named by hash, split into shards, compressed ahead, listed for the manifest."""

from __future__ import annotations

import gzip
import hashlib
import mmap
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from edgeweb.files.squeeze import SLOW_BYTES, beside, brotli_form
from edgeweb.machine.progress import Progress
from edgeweb.schema.site import FileEntry, Role
from edgeweb.schema.steps import Teller

# What a file holds; that of a large one is mapped from where it was made, which memory need not hold.
Content = bytes | mmap.mmap

# What a visit that is cut off has to fetch again, at most; static hosts would take 20 MiB.
SHARD_BYTES = 8 << 20
# A compressed form that saves less than this is not worth a file.
_WORTH = 0.97
_PARALLEL = 2


@dataclass
class FileTable:
    """The files of a site: path -> bytes, with what the manifest says of each. `sidecars` hold the compressed forms.

    `plain`: there are none, as on this machine nobody waits for bytes. `on_step` is told how far compressing is.
    """

    contents: dict[str, Content] = field(default_factory=dict)
    sidecars: dict[str, bytes] = field(default_factory=dict)
    entries: dict[str, FileEntry] = field(default_factory=dict)
    plain: bool = False
    on_step: Teller = lambda _: None
    _tried: set[str] = field(default_factory=set)

    def copy(self) -> FileTable:
        """Another table of the same files, which may get others."""
        return replace(
            self, contents=dict(self.contents), sidecars=dict(self.sidecars), entries=dict(self.entries),
            _tried=set(self._tried),
        )  # fmt: skip

    def add(self, path: str, data: Content, role: Role, *, br: bytes | None = None, gz: bytes | None = None) -> str:
        """Put a file at `path`; `br` and `gz` when they were made before, otherwise `compress` makes them."""
        self.contents[path] = data
        self.entries[path] = FileEntry(bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), role=role)
        for suffix, form in ((".br", br), (".gz", gz)):
            if form is not None and not self.plain:
                self.sidecars[path + suffix] = form
        return path

    def add_built(self, path: str, file: Path, role: Role) -> str:
        """Put a file of the built browser half at `path`, with the forms that lie beside it."""
        br, gz = (None, None) if self.plain else beside(file)
        return self.add(path, file.read_bytes(), role, br=br, gz=gz)

    def add_hashed(
        self,
        stem: str,
        extension: str,
        made: Content | Path,
        role: Role,
        *,
        br: bytes | None = None,
        gz: bytes | None = None,
    ) -> str:
        """Put a file under assets/, named by its SHA-256."""
        data = _mapped(made) if isinstance(made, Path) else made
        name = re.sub(r"[^A-Za-z0-9-]+", "-", stem).strip("-")[:40] or "file"
        return self.add(f"assets/{name}-{hashlib.sha256(data).hexdigest()[:16]}{extension}", data, role, br=br, gz=gz)

    def add_shards(self, stem: str, extension: str, data: bytes, role: Role) -> list[str]:
        """Put one file, or as many as its size needs; joined in order they are `data`."""
        return [
            self.add_hashed(stem, extension, data[start : start + SHARD_BYTES], role)
            for start in range(0, max(1, len(data)), SHARD_BYTES)
        ]

    def compress(self) -> None:
        """Make the missing .br and .gz forms, two at a time, and complete every entry's `encodings`."""
        todo = [
            path
            for path in ([] if self.plain else self.contents)
            if path + ".br" not in self.sidecars and path not in self._tried and _compressible(path)
        ]
        self._tried.update(todo)
        told = Progress(self.on_step, "compressing", sum(len(self.contents[path]) for path in todo))
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for path, (br, gz) in zip(
                todo, pool.map(lambda path: _forms(bytes(self.contents[path]), path), todo), strict=True
            ):
                self.sidecars |= {
                    f"{path}{suffix}": form for suffix, form in ((".br", br), (".gz", gz)) if form is not None
                }
                told(len(self.contents[path]))
        for path, entry in self.entries.items():
            sizes = {
                name: len(self.sidecars[path + suffix])
                for name, suffix in (("br", ".br"), ("gzip", ".gz"))
                if path + suffix in self.sidecars
            }
            self.entries[path] = FileEntry(bytes=entry.bytes, sha256=entry.sha256, role=entry.role, encodings=sizes)

    def wire_bytes(self, paths: Iterable[str]) -> int:
        """What a browser that takes brotli receives for these files."""
        return sum(self.entries[path].encodings.get("br", self.entries[path].bytes) for path in paths)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def wire_size(data: bytes) -> int:
    """What a file of the model would take on the wire, coded as `FileTable.compress` does it."""
    return sum(_shard_wire(data[start : start + SHARD_BYTES]) for start in range(0, max(1, len(data)), SHARD_BYTES))


def _shard_wire(data: bytes) -> int:
    br = brotli_form(data)
    return min(len(data), len(br)) if len(br) <= len(data) * _WORTH else len(data)


def _compressible(path: str) -> bool:
    # .weights and .delta are entropy-coded already.
    return not path.endswith((".weights", ".delta", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".woff2"))


def _forms(data: bytes, path: str) -> tuple[bytes | None, bytes | None]:
    """The brotli and the gzip form, each None when it does not pay. Nothing in them depends on the time of day."""
    br = brotli_form(data)
    gz = gzip.compress(data, compresslevel=9 if len(data) <= SLOW_BYTES else 6, mtime=0)
    limit = len(data) * (_WORTH if path.endswith(".onnx") else 1)
    return br if len(br) <= limit else None, gz if len(gz) <= limit else None
