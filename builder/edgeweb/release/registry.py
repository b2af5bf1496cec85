"""The private part of a folder of releases: when each came and went out of use, which were stable, and the lock."""

from __future__ import annotations

import contextlib
import datetime
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from edgeweb.errors import SiteError, UsageError
from edgeweb.schema.types import Strict
from edgeweb.trust import whole

FOLDER = ".edgeweb"
_FILE = "registry.json"
_LOCK = "lock"


class Entry(Strict, frozen=True):
    """A release that is in the folder. Times in UTC; `unused`: since when no visitor gets it."""

    added: str
    unused: str | None = None

    def __post_init__(self) -> None:
        for time in (self.added, self.unused):
            # What was there before its registry was is of no known time.
            if time and datetime.datetime.fromisoformat(time).tzinfo is None:
                raise ValueError(f"{time} has no time zone")


class Registry(Strict, frozen=True):
    """`history`: the stable releases, the present one last."""

    releases: dict[str, Entry] = {}
    history: list[str] = []


def read(folder: Path) -> Registry:
    """What is known; nothing of a new folder.

    Raises:
        SiteError: the file is damaged.
    """
    path = folder / FOLDER / _FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Registry)
    except FileNotFoundError:
        return Registry()
    except (OSError, ValueError, RecursionError) as error:
        hint = "Put it back from a copy, or begin a new folder"
        raise SiteError(f"{path} cannot be read", str(error), hint) from error


def write(folder: Path, found: Registry) -> None:
    """Replace the file, whole."""
    path = folder / FOLDER / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(found, order="deterministic"), indent=1) + b"\n")
    beside.replace(path)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """While one command changes the folder, no other does.

    Raises:
        UsageError: another one does.
        SiteError: the folder cannot be written.
    """
    place = folder / FOLDER
    with whole.told(folder):
        place.mkdir(parents=True, exist_ok=True)
        with (place / _LOCK).open("wb") as file:
            _lock(file.fileno(), folder)
            yield


def _lock(file: int, folder: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        why = "another edgeweb release changes it just now"
        raise UsageError(f"{folder} is in use", why, "Wait for that to end, then try again") from error
