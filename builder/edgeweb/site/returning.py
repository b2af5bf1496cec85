"""What a visitor who has one release downloads for the next, file by file; web/src/sw/fetch-release.ts does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from edgeweb.manifest import Manifest

How = Literal["unchanged", "delta", "new"]

# As in web/src/sw/files.ts.
NOT_FOR_VISITORS = re.compile(
    r"(report/.*|report\.json|THIRD_PARTY_NOTICES\.txt|card\.md|bom\.json|provenance\.json|sw\.js"
    r"|.*\.d\.ts|.*\.map|assets/.*\.delta)"
)


@dataclass(frozen=True)
class Fetched:
    """A file of the new release: how a visitor comes by it, the bytes that takes, and those of the whole file."""

    path: str
    how: How
    wire_bytes: int
    whole_bytes: int


@dataclass(frozen=True)
class Returning:
    """All files that a service worker keeps of a release, for a device that runs the plain runtime."""

    release: str
    files: tuple[Fetched, ...]

    @property
    def wire_bytes(self) -> int:
        """What is downloaded."""
        return sum(each.wire_bytes for each in self.files)

    @property
    def whole_bytes(self) -> int:
        """What it would be for somebody who has nothing."""
        return sum(each.whole_bytes for each in self.files)

    @property
    def document(self) -> dict[str, Any]:
        """For report.json: what is downloaded, and of what is not only how much it is."""
        kept = [each for each in self.files if each.how == "unchanged"]
        return {
            "release": self.release,
            "wireBytes": self.wire_bytes,
            "wholeBytes": self.whole_bytes,
            "unchanged": {"files": len(kept), "wireBytes": sum(each.whole_bytes for each in kept)},
            "files": [
                {"path": each.path, "how": each.how, "wireBytes": each.wire_bytes, "wholeBytes": each.whole_bytes}
                for each in self.files
                if each.how != "unchanged"
            ],
        }


def returning(old: Manifest, new: Manifest) -> Returning:
    """From `old` to `new`, on the wire of a browser that takes brotli; edgeweb.json itself is not among the files."""
    had = {old.files[path].sha256 for path in _kept(old)}
    return Returning(old.release, tuple(_fetched(new, path, had) for path in sorted(_kept(new))))


def _fetched(site: Manifest, path: str, had: set[str]) -> Fetched:
    whole = _wire(site, path)
    if site.files[path].sha256 in had:
        return Fetched(path, "unchanged", 0, whole)
    for each in site.deltas.get(path, ()):
        if all(known.sha256 in had for known in each.of):
            return Fetched(path, "delta", _wire(site, each.file), whole)
    return Fetched(path, "new", whole, whole)


def _wire(site: Manifest, path: str) -> int:
    entry = site.files[path]
    return entry.encodings.get("br", entry.bytes)


def _kept(site: Manifest) -> Iterator[str]:
    """What every visitor's copy has, of runtimes the plain one and of forms the first."""
    runtimes = {path for runtime in site.runtimes.values() for path in runtime.files}
    lists = [each.files for each in site.variants]
    some = {path for files in lists for path in files if not all(path in other for other in lists)}
    own = {*site.runtimes["wasm"].files, *site.variants[0].files}
    own |= set(site.runtimes["full"].wasm) if "full" in site.runtimes else set()
    for path in site.files:
        if path in own or (path not in runtimes | some and not NOT_FOR_VISITORS.fullmatch(path)):
            yield path
