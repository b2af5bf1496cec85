"""The one way in for files of the user's: regular, of bounded size, and text where text is asked for.

A pipe or a device never ends, a packed file may be a thousand times what it weighs, and a name may be a folder's: each
is one sentence here, before anything of it is read.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from edgeweb.errors import ConfigError

TEXT_BYTES = 8 << 20
DATA_BYTES = 2 << 30
# Zeros pack a thousand to one, and data may be mostly zeros; so the ratio is asked only where it fills a memory.
_MOST_RATIO, _RATIO_FROM = 200, 256 << 20
# Each dot of a key costs tomllib as much as all before it.
_DEEP_KEY = re.compile(r"""(?:(?:"[^"\n]*"|'[^'\n]*'|[^\s.=\[\]{},#"']+)[ \t]*\.[ \t]*){40}""")
_HALF_ESCAPE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
_MOST_FILES = 200_000
_POINTER, _POINTER_BYTES = b"version https://git-lfs", 1024
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class UnreadableError(Exception):
    """A file cannot be read, and why, in words that follow "because"."""


def open_regular(path: Path) -> tuple[BinaryIO, os.stat_result]:
    """The open file and what is known of it; pipes, devices and folders are refused, and no symbolic link is special.

    Raises:
        UnreadableError: it is not there, is no regular file, or may not be read.
    """
    try:
        # Not blocking: opening a pipe would wait for a writer.
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise UnreadableError(getattr(error, "strerror", None) or str(error)) from error
    info = os.fstat(descriptor)
    if stat.S_ISREG(info.st_mode):
        return os.fdopen(descriptor, "rb"), info
    os.close(descriptor)
    folder = stat.S_ISDIR(info.st_mode)
    raise UnreadableError("Is a directory" if folder else "it is a pipe, a socket or a device")


@contextmanager
def opened(path: Path, hint: str, most: int = DATA_BYTES) -> Iterator[BinaryIO]:
    """The open file, for readers that take one.

    Args:
        hint: what to try, for the error.
        most: bytes.

    Raises:
        ConfigError: it cannot be read, or is larger.
    """
    try:
        file, info = open_regular(path)
    except UnreadableError as error:
        raise ConfigError(f"{path} cannot be read", str(error), hint) from error
    with file:
        if info.st_size > most:
            raise ConfigError(f"{path} is too large", f"it has {info.st_size:,} bytes, at most {most:,} are read", hint)
        yield file


def data(path: Path, hint: str, most: int = TEXT_BYTES) -> bytes:
    """All bytes of a file; ConfigError as `opened`."""
    with opened(path, hint, most) as file:
        try:
            # What grows meanwhile is not followed.
            return file.read(most)
        except OSError as error:
            raise ConfigError(f"{path} cannot be read", error.strerror or str(error), hint) from error


def text(path: Path, hint: str, most: int = TEXT_BYTES) -> str:
    """A file's text: UTF-8, with or without a byte order mark, and no NUL; ConfigError.

    Line ends are as `open()` gives them.
    """
    found = data(path, hint, most)
    try:
        decoded = found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        known = found[:2] in (b"\xff\xfe", b"\xfe\xff")
        why = "it is UTF-16, not UTF-8" if known else f"it is not UTF-8 in line {line}"
        raise ConfigError(f"{path} cannot be read as text", why, "Save it as UTF-8") from error
    if "\0" in decoded:
        line = decoded.count("\n", 0, decoded.index("\0")) + 1
        raise ConfigError(f"{path} cannot be read as text", f"it has a NUL byte in line {line}", hint)
    return decoded.replace("\r\n", "\n").replace("\r", "\n")


def there(path: Path, hint: str) -> None:
    """ConfigError where a file is only a folder, a pipe, or a link to nothing."""
    if path.is_symlink() and not path.exists():
        raise ConfigError(f"{path} cannot be read", f"it is a link to {path.readlink()}, which is not there", hint)
    with opened(path, hint):
        pass


def is_pointer(path: Path) -> bool:
    """Whether a file is only the pointer that Git LFS keeps in its place."""
    try:
        file, info = open_regular(path)
    except UnreadableError:
        return False
    with file:
        return info.st_size < _POINTER_BYTES and file.read(len(_POINTER)) == _POINTER


def pointer(path: Path) -> ConfigError:
    """That it is one."""
    return ConfigError(
        f"{path} is a Git LFS pointer", "the file that it stands for was not fetched", "Run: git lfs pull"
    )


def toml(text: str) -> dict[str, Any]:
    """TOML as values; ValueError for what is none, also where that would cost tomllib gigabytes or all of its stack."""
    if _DEEP_KEY.search(text):
        raise ValueError("a key in it is nested too deeply")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def json_object(path: Path, hint: str, most: int = TEXT_BYTES) -> dict[str, Any]:
    """A JSON object that was named or must be right; ConfigError when it is not one."""
    found = _json(path, hint, most)
    if not isinstance(found, dict):
        raise ConfigError(f"{path} is not what is expected", "it holds no JSON object", hint)
    return found


def json_list(path: Path, hint: str) -> list[Any]:
    """The same of a list."""
    found = _json(path, hint, TEXT_BYTES)
    if not isinstance(found, list):
        raise ConfigError(f"{path} is not what is expected", "it holds no JSON list", hint)
    return found


def _json(path: Path, hint: str, most: int) -> object:
    written = text(path, hint, most)
    try:
        found: object = json.loads(written)
    except (ValueError, RecursionError) as error:
        if written.startswith(_POINTER.decode()):
            raise pointer(path) from error
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ConfigError(f"{path} is not JSON", why, hint) from error
    if _HALF_ESCAPE.search(written) and not _encodable(found):
        raise ConfigError(f"{path} cannot be read as text", "it has one half of a surrogate pair", hint)
    return found


def _encodable(found: object) -> bool:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def json_hint(folders: Sequence[Path], name: str) -> dict[str, Any]:
    """The first of a model's neighbours of that name which is a JSON object; an empty one where none can be read: it
    may be of something else.
    """
    for folder in folders:
        try:
            return json_object(folder / name, "")
        except ConfigError:
            continue
    return {}


def check_zip(path: Path, hint: str, most: int = DATA_BYTES) -> None:
    """ConfigError where a file is no zip archive, or `check_archive` refuses it."""
    with opened(path, hint, most) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                check_archive(path, archive, hint, most)
        except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
            raise ConfigError(f"{path} is no archive", str(error), hint) from error


def check_archive(path: Path, archive: zipfile.ZipFile, hint: str, most: int = DATA_BYTES) -> None:
    """ConfigError where what is packed would fill the memory; nothing is unpacked for that.

    The sizes are those of the archive's directory, beyond which `zipfile` reads nothing.
    """
    packed, whole = (sum(getattr(each, key) for each in archive.infolist()) for key in ("compress_size", "file_size"))
    if whole > most or (whole > _RATIO_FROM and whole > _MOST_RATIO * packed):
        why = f"unpacked it has {whole:,} bytes, of {packed:,} that are packed"
        raise ConfigError(f"{path} is too large", why, hint)


def inside(path: Path, base: Path, key: str) -> Path:
    """`path`, whose content everybody may see, itself; ConfigError where it lies outside the folder `base`, links
    followed: that of the configuration, of a gallery or of a package.

    Args:
        key: of the configuration, for the error.
    """
    try:
        home, real = base.resolve(), path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read", str(error), f"Correct {key} in edgeweb.toml") from error
    if not real.is_relative_to(home):
        why = f"it would be published, and lies outside {home}"
        raise ConfigError(f"{path} cannot be one of the {key}", why, "Copy it into that folder")
    return path


def below(folder: Path) -> list[Path]:
    """Every regular file in a folder and those in it, but for hidden ones, which are the system's, such as macOS's
    "._photo.jpg"; ConfigError where there are too many, or the folder changes meanwhile.
    """
    found: list[Path] = []
    try:
        for path in folder.rglob("*"):
            if path.is_file() and not any(part[0] == "." for part in path.relative_to(folder).parts):
                found.append(path)
            if len(found) > _MOST_FILES:
                raise ConfigError(
                    f"{folder} is too large", f"it has more than {_MOST_FILES:,} files", "Give a part of it"
                )
    except OSError as error:
        raise ConfigError(f"{folder} cannot be read", error.strerror or str(error), "Check the folder") from error
    return found
