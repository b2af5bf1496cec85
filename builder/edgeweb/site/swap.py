"""Puts a finished folder in the place of another: at any instant the place holds the old one or the new one, whole."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edgeweb.errors import OutputError

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2
_ASIDE = "-old"


def check(target: Path, inputs: Sequence[Path], *, force: bool) -> None:
    """Refuse to replace what edgeweb did not make, unless `force`; and ever to delete `inputs` or where the user is.

    Raises:
        OutputError: `target` cannot be the site.
    """
    try:
        _check(target, inputs, force)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be the site", error.strerror or str(error), "Choose another folder with --out"
        ) from error


def _check(target: Path, inputs: Sequence[Path], force: bool) -> None:
    other = "Choose another folder with --out"
    place = target.resolve()
    if Path.cwd().is_relative_to(place):
        why = "you are in this folder, and it is replaced as a whole"
        raise OutputError(f"{target} cannot be the site", why, "Choose a folder below it with --out, such as dist")
    for own in inputs:
        if own.resolve().is_relative_to(place):
            why = "the folder is replaced as a whole, and this file would be lost"
            raise OutputError(f"{target} holds {own.name}", why, other)
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise OutputError(f"{target} is not a folder", "a file or a link is there", other)
    made_here = (target / "edgeweb.json").is_file() and (target / "headers.json").is_file()
    if target.is_dir() and any(target.iterdir()) and not made_here and not force:
        raise OutputError(f"{target} is not empty", "edgeweb did not make it", f"{other}, or replace it with --force")


@contextmanager
def staged(target: Path, other: str = "choose another folder with --out") -> Iterator[Path]:
    """An empty folder beside `target` to write into; swapped into its place when the block ends without an error.

    Args:
        other: what else can be tried where it cannot be written.

    Raises:
        OutputError: the place cannot be written to, or the disk is full.
    """
    try:
        _sweep(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=_prefix(target) + f"{os.getpid()}-", dir=target.parent))
    except OSError as error:
        raise OutputError(f"{target} cannot be written", error.strerror or str(error), other) from error
    try:
        stage.chmod(0o755)
        yield stage
        replace(stage, target)
    except OSError as error:
        raise OutputError(
            f"{target} could not be written",
            error.strerror or str(error),
            f"Free some space or {other}",
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _prefix(target: Path) -> str:
    return f".{target.name}.edgeweb-"


def _sweep(target: Path) -> None:
    """Remove what builds that were killed have left, or put the old site back; those of running builds stay."""
    if not target.parent.is_dir():
        return
    for leftover in target.parent.iterdir():
        if not leftover.name.startswith(_prefix(target)):
            continue
        pid = leftover.name.removeprefix(_prefix(target)).split("-")[0]
        if not pid.isdigit() or _alive(int(pid)):
            continue
        if leftover.name.endswith(_ASIDE) and not target.exists():
            leftover.rename(target)
        else:
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


def replace(stage: Path, target: Path) -> None:
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
    """For file systems without an exchange: a moment without a site, and the old one back if the second step fails."""
    aside = stage.with_name(stage.name + _ASIDE)
    target.rename(aside)
    try:
        stage.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
