"""Folders for what a build needs while it runs; the next build sweeps those of one that was killed."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "edgeweb-"
# In each folder: a file with this text, which is locked for as long as the folder's owner lives, and a folder for use.
_NAME, _MARK, _ROOM = "in-use", b"edgeweb scratch folder\n", "room"
# What somebody else may have put there is neither followed nor waited for.
_CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextmanager
def folder(within: Path | None = None) -> Iterator[Path]:
    """An empty folder that is gone after the block; in the system's folder for such, or `within` another."""
    # On Windows what is mapped cannot be deleted before this process ends: the next build does it.
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=within, ignore_cleanup_errors=True) as made:
        room = Path(made) / _ROOM
        room.mkdir()
        file = os.open(Path(made) / _NAME, os.O_RDWR | os.O_CREAT | os.O_EXCL | _CAREFULLY, 0o600)
        try:
            # Marked only once it is locked, so that no folder is swept before its owner has it; and never, where
            # files cannot be locked.
            if _lock(file):
                os.write(file, _MARK)
            yield room
        finally:
            os.close(file)


def holds(path: Path) -> bool:
    """Whether a file lies in such a folder, and so is none of the user's."""
    return any(each.name.startswith(_PREFIX) and (each / _NAME).is_file() for each in path.absolute().parents)


def sweep() -> None:
    """Remove the folders whose owners are gone: those of this user with our mark, that nobody has locked."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and _is_ours(entry):
                _sweep(Path(entry.path))


def _is_ours(entry: os.DirEntry[str]) -> bool:
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and (sys.platform == "win32" or info.st_uid == os.getuid())


def _sweep(made: Path) -> None:
    try:
        file = os.open(made / _NAME, os.O_RDWR | _CAREFULLY)
    except OSError:
        return
    try:
        # On Windows it cannot even be read while it is locked.
        gone = os.read(file, len(_MARK) + 1) == _MARK and _lock(file)
        if gone:
            shutil.rmtree(made / _ROOM, ignore_errors=True)
    except OSError:
        gone = False
    finally:
        os.close(file)
    # The mark goes last: a sweep that is killed, too, is taken up by the next.
    if gone and not (made / _ROOM).exists():
        shutil.rmtree(made, ignore_errors=True)


def _lock(file: int) -> bool:
    """Lock it until it is closed or this process ends; False where another has it, or nothing can be locked."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
