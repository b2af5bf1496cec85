"""The files of a folder of releases: what of a site is shared, what is a release's own, and what stands at the root."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from edgeweb import manifest
from edgeweb.manifest import Manifest
from edgeweb.release import channels, registry
from edgeweb.site import swap
from edgeweb.trust import whole

RELEASES = "releases"
ASSETS = "assets"
_MANIFEST = "edgeweb.json"
# Copies of manifests by the plan of their page, which heal a page that was opened in the middle of a deployment.
_COPIES = "manifest-*.json"


def place(folder: Path, release: str) -> Path:
    """Where a release's own files lie: all but the assets, which releases share."""
    return folder / RELEASES / release


def about(folder: Path, release: str) -> Manifest:
    """The manifest of a release that is in the folder; SiteError where it is not."""
    return manifest.read(place(folder, release))


def there(folder: Path) -> list[str]:
    """The releases in the folder."""
    return sorted(path.parent.name for path in (folder / RELEASES).glob(f"*/{_MANIFEST}"))


def take_in(site: Path, folder: Path, release: str) -> None:
    """Copy a site into the folder: its assets, and beside the other releases what is its own, whole or not at all."""
    for name in whole.names(site):
        if _is_asset(name):
            _put(site / name, folder / name)
    sweep(folder)
    beside = Path(tempfile.mkdtemp(prefix=f"{release}-", dir=_made(folder / registry.FOLDER)))
    try:
        for name in whole.names(site):
            if not _is_asset(name):
                _put(site / name, beside / name)
        beside.chmod(0o755)
        target = place(folder, release)
        _made(target.parent)
        # Visitors may have this release: without it for no instant, whatever ends this process.
        swap.replace(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def lay_root(folder: Path, release: str) -> None:
    """Make the root the site of a release: its pages first, then its manifest; what only another one had goes.

    Files that no release has, such as a CNAME, are somebody else's and stay.
    """
    source = place(folder, release)
    names = list(whole.names(source))
    for name in sorted(names, key=lambda name: name == _MANIFEST):
        _put(source / name, folder / name)
    others = {name for other in there(folder) for name in whole.names(place(folder, other))}
    for name in sorted(others - set(names)):
        (folder / name).unlink(missing_ok=True)
        _drop_empty((folder / name).parent, folder)


def is_laid(folder: Path, release: str) -> bool:
    """Whether the root is the site of this release."""
    source = place(folder, release)
    return all(_same(source / name, folder / name) for name in whole.names(source))


def write_channels(folder: Path, found: channels.Channels) -> None:
    """The channel file, last of all."""
    beside = folder / registry.FOLDER / channels.FILE
    beside.write_bytes(channels.encode(found))
    beside.replace(folder / channels.FILE)


def drop(folder: Path, release: str) -> int:
    """Delete what is a release's own, all of it at once; the bytes that were."""
    source = place(folder, release)
    freed = sum((source / name).stat().st_size for name in whole.names(source))
    source.rename(Path(tempfile.mkdtemp(prefix="gone-", dir=folder / registry.FOLDER)) / release)
    sweep(folder)
    return freed


def unused_assets(folder: Path, releases: Iterable[str]) -> list[Path]:
    """The shared files that none of these releases has."""
    wanted: set[str] = set()
    for release in releases:
        found = about(folder, release)
        wanted |= {name + end for name in found.files for end in ("", ".br", ".gz")}
        wanted |= {name + end for name in manifest_copies(folder, release) for end in ("", ".br", ".gz")}
    shared = folder / ASSETS
    return [shared / name for name in whole.names(shared) if f"{ASSETS}/{name}" not in wanted]


def manifest_copies(folder: Path, release: str) -> list[str]:
    """The copies of a release's manifest among the assets."""
    text = (place(folder, release) / _MANIFEST).read_bytes()
    copies = (folder / ASSETS).glob(_COPIES)
    return [path.relative_to(folder).as_posix() for path in copies if path.read_bytes() == text]


def size(folder: Path, release: str) -> int:
    """Of all files that a release names, in bytes."""
    return sum(file.bytes for file in about(folder, release).files.values())


def sweep(folder: Path) -> None:
    """Remove what commands that were killed have left; under the lock, so that none is at work on it."""
    for path in (folder / registry.FOLDER).iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)


def _is_asset(name: str) -> bool:
    return name.startswith(f"{ASSETS}/")


def _put(source: Path, target: Path) -> None:
    """A file in the place of another, whole or not at all; one that is the same stays."""
    if _same(source, target):
        return
    _made(target.parent)
    handle, name = tempfile.mkstemp(prefix=".edgeweb-", dir=target.parent)
    os.close(handle)
    try:
        shutil.copyfile(source, name)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


def _same(one: Path, other: Path) -> bool:
    if not other.is_file() or other.stat().st_size != one.stat().st_size:
        return False
    return other.read_bytes() == one.read_bytes()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _drop_empty(folder: Path, end: Path) -> None:
    while folder != end and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
