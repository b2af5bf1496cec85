"""A built site as it lies in a folder: every file there, and as its manifest has it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgeweb import manifest
from edgeweb.errors import SiteError
from edgeweb.manifest import Manifest

_AGAIN = "Build the site again"


@contextmanager
def told(folder: object) -> Iterator[None]:
    """What the system refuses, in a sentence: no room, another's folder, a link to nowhere.

    Raises:
        SiteError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        name = f": {error.filename}" if error.filename else ""
        why = f"{error.strerror or error}{name}"
        raise SiteError(f"{folder} cannot be read or written", why, "Check the path, its owner and its disk") from error


def whole(folder: Path) -> Manifest:
    """The manifest of the site in a folder, once every file was read and found to be what it says.

    Raises:
        SiteError: there is no site, or one of its files is missing or damaged.
    """
    about = manifest.read(folder)
    for name, file in about.files.items():
        path = folder / name
        try:
            same = path.stat().st_size == file.bytes and digest(path) == file.sha256
        except OSError as error:
            raise SiteError(f"{path} cannot be read", error.strerror or str(error), _AGAIN) from error
        if not same:
            raise SiteError(f"{path} is damaged", "it is not as the site's manifest has it", _AGAIN)
    return about


def digest(path: Path) -> str:
    """The SHA-256 of a file, of which little is in memory at a time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def names(folder: Path) -> list[str]:
    """Every file below a folder, by its path in it; SiteError for a link, which no build writes."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise SiteError(f"{path} is a link", "no build writes one, and a host may not follow it", _AGAIN)
        if path.is_file():
            found.append(path.relative_to(folder).as_posix())
    return found
