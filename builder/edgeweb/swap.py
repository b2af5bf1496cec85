"""Puts a finished folder in the place of another: at any instant the place holds the old one or the new one, whole."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgeweb.errors import OutputError

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """An empty folder beside `target` to write into; swapped into its place when the block ends without an error.

    Raises:
        OutputError: the place cannot be written to, or the disk is full.
    """
    _sweep(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=_prefix(target) + f"{os.getpid()}-", dir=target.parent))
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written", error.strerror or str(error), "Choose another folder with --out"
        ) from error
    try:
        stage.chmod(0o755)
        yield stage
        _replace(stage, target)
    except OSError as error:
        raise OutputError(
            f"{target} could not be written",
            error.strerror or str(error),
            "Free some space or choose another folder with --out",
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _prefix(target: Path) -> str:
    return f".{target.name}.edgeweb-"


def _sweep(target: Path) -> None:
    """Remove what builds that were killed have left; those of running builds stay."""
    for leftover in target.parent.glob(_prefix(target) + "*"):
        pid = leftover.name.removeprefix(_prefix(target)).split("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(leftover, ignore_errors=True)


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _replace(stage: Path, target: Path) -> None:
    """Exchange the two folders in one system call; afterwards `stage` is the old site, for removal."""
    if not target.exists():
        stage.rename(target)
    elif not any(target.iterdir()):
        # POSIX rename replaces an empty folder in one step; Windows needs it gone.
        if sys.platform == "win32":
            target.rmdir()
        stage.rename(target)
    elif not _exchange(stage, target):
        _replace_in_two(stage, target)


def _exchange(a: Path, b: Path) -> bool:
    """renameat2(RENAME_EXCHANGE) on Linux, renamex_np(RENAME_SWAP) on macOS; False where neither works."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(libc.renamex_np(os.fsencode(a), os.fsencode(b), _RENAME_SWAP) == 0)
        return bool(libc.renameat2(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE) == 0)
    except (OSError, AttributeError, TypeError):
        return False


def _replace_in_two(stage: Path, target: Path) -> None:
    """For file systems without an exchange: a moment without a site, and the old one back when the second step fails."""
    aside = stage.with_name(stage.name + "-old")
    target.rename(aside)
    try:
        stage.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
