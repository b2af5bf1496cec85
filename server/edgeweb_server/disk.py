"""Plain files on disk: opened without waiting, what tells one state of them from another, and their digest."""

from __future__ import annotations

import hashlib
import os
import stat
from io import BufferedReader

Seen = tuple[int, int, int, int]

# Windows has neither the flag nor pipes in folders.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)


def seen_of(found: os.stat_result) -> Seen:
    """What changes when a file is written or replaced; ctime, because a copy may keep the time of its original."""
    return found.st_ctime_ns, found.st_mtime_ns, found.st_ino, found.st_size


def opened(path: str) -> BufferedReader:
    """A plain file, open for reading.

    To open a pipe would wait until somebody writes to it, and this server for as long with all that it does.

    Raises:
        OSError: it is not there, or is a folder, a pipe or a device.
    """
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NO_WAIT))  # noqa: SIM115 - the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(f"{path} is not a plain file")
    return file


def digest_of(file: BufferedReader) -> str:
    """The SHA-256 of an open file, which is read from its start and left there."""
    file.seek(0)
    found = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return found
