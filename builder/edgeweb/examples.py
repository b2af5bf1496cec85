"""What a page offers to try with one click: pictures, or files of the kind that the hooks take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgeweb.errors import ConfigError
from edgeweb.manifest import HookInput
from edgeweb.pack import FileTable

_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif"}
# Kept as they are; a page, a script or an archive among the examples ships as .bin, which no host treats as one.
_PLAIN = {*_PICTURES, ".wav", ".mp3", ".ogg", ".flac", ".txt", ".csv", ".json"}
# Static hosts stop at 25 MiB, and every visitor fetches every example.
_MAX_BYTES = 20 << 20
_MAX_TEXT, _MOST_TEXTS = 2000, 20


def texts(given: Sequence[str], base: Path) -> list[str]:
    """What a page for texts offers: the lines of files, and what names no file as it is.

    Raises:
        ConfigError: a file is no text.
    """
    found: list[str] = []
    for each in given:
        path = base / each
        if not _is_file(path):
            found.append(each.strip())
            continue
        try:
            found += [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{path} cannot be an example", "it is not UTF-8 text", "Give a .txt file, one text a line"
            ) from error
    return [text[:_MAX_TEXT] for text in found if text][:_MOST_TEXTS]


def _is_file(path: Path) -> bool:
    """A text may be longer than any name."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def add(table: FileTable, path: Path, kind: HookInput) -> str:
    """Put the example at `path` into the site, for a page that takes a value of `kind`; its place there.

    Raises:
        ConfigError: it cannot be read, is no picture where the page takes one, or is too large.
    """
    suffix = path.suffix.lower()
    if kind == "image" and suffix not in _PICTURES:
        raise ConfigError(
            f"{path} cannot be an example",
            f"it is not a picture ({', '.join(sorted(_PICTURES))})",
            "Correct examples in edgeweb.toml",
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read", error.strerror or "it is not a file", "Correct examples in edgeweb.toml"
        ) from error
    if len(data) > _MAX_BYTES:
        raise ConfigError(
            f"{path} is too large for an example",
            f"it has {len(data):,} bytes, and every visitor would fetch them",
            f"Give one of at most {_MAX_BYTES:,} bytes",
        )
    if suffix in _PLAIN:
        return table.add_hashed(path.stem, suffix, data, "example")
    return table.add_hashed(path.name, ".bin", data, "example")
