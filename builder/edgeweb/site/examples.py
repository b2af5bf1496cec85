"""What a page offers to try with one click: pictures, or files of the kind that the hooks take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.files.table import FileTable
from edgeweb.read import intake
from edgeweb.schema.site import HookInput
from edgeweb.site import cleaned

_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif"}
_SOUNDS = {".wav", ".mp3", ".ogg", ".flac"}
# Kept as they are; a page, a script or an archive among the examples ships as .bin, which no host treats as one.
_PLAIN = {*_SOUNDS, ".txt", ".csv", ".json"}
# Static hosts stop at 25 MiB, and every visitor fetches every example.
_MAX_BYTES = 20 << 20
_MAX_TEXT, _MOST_TEXTS = 2000, 20
_HINT = "Correct examples in edgeweb.toml"


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
        intake.inside(path, base, "examples")
        lines = intake.text(path, "Give a .txt file, one text a line").splitlines()
        found += [line.strip() for line in lines]
    return [text[:_MAX_TEXT] for text in found if text][:_MOST_TEXTS]


def _is_file(path: Path) -> bool:
    """A text may be longer than any name."""
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class Example:
    """A file as it is published. `note`: what the user should know of that, or nothing."""

    stem: str
    suffix: str
    data: bytes
    note: str


def look(settings: Config, base: Path) -> dict[str, Example]:
    """The examples that are files, by their names in the configuration: before anything that takes long.

    What is there and is a text for a page of texts, or missing, shows when the model's task is known.

    Raises:
        ConfigError: one lies outside `base`, cannot be read, is not what its name says, or is too large.
    """
    there = [name for name in settings.examples if _is_file(base / name)]
    return {name: _looked(intake.inside(base / name, base, "examples"), settings.keep_metadata) for name in there}


def _looked(path: Path, keep_metadata: bool) -> Example:
    data, suffix = intake.data(path, _HINT, _MAX_BYTES), path.suffix.lower()
    clean, known = data, suffix in _PLAIN | _PICTURES
    if suffix == ".wav":
        clean = cleaned.wave(path, data)
    elif suffix in _PICTURES or cleaned.is_picture(data):
        became, clean = cleaned.picture(path)
        suffix = became if suffix in _PICTURES and not keep_metadata else suffix
    elif not known:
        note = f"{path.name} is published as it is, with all that its file says"
        return Example(path.name, ".bin", data, note)
    else:
        told = f"{path.name} is published as it is, with what its file says of title, author and the like"
        return Example(path.stem, suffix, data, told if suffix in _SOUNDS else "")
    note = ""
    if keep_metadata:
        clean = data
        note = f"{path.name} is published with all that its file says, such as where a photo was taken"
    if len(clean) > _MAX_BYTES:
        why = f"written anew it has {len(clean):,} bytes, and every visitor would fetch them"
        raise ConfigError(f"{path} is too large for an example", why, f"Give one of at most {_MAX_BYTES:,} bytes")
    return Example(path.stem if known else path.name, suffix if known else ".bin", clean, note)


def add(
    table: FileTable,
    names: Sequence[str],
    base: Path,
    looked: Mapping[str, Example],
    kind: HookInput | None,
    task: str,
) -> tuple[list[str], list[tuple[str, str]]]:
    """Put the examples into the site: their places there, and notes for the report.

    Args:
        names: as the configuration has them.
        kind: what the page takes; None: a page that has no place for examples.

    Raises:
        ConfigError: one is missing, or is nothing that the page takes.
    """
    if kind is None:
        note = f"{len(names)} not shown: a page for {task} has no place for them"
        return [], [("examples", note)] if names else []
    wanted = {"image": _PICTURES, "audio": _SOUNDS}.get(kind)
    for name in names:
        if wanted and Path(name).suffix.lower() not in wanted:
            why = f"it is not a {'picture' if kind == 'image' else 'sound'} ({', '.join(sorted(wanted))})"
            raise ConfigError(f"{base / name} cannot be an example", why, _HINT)
        if name not in looked:
            raise ConfigError(f"{base / name} cannot be read", "it is not there", _HINT)
    shown = [looked[name] for name in names]
    places = [table.add_hashed(each.stem, each.suffix, each.data, "example") for each in shown]
    return places, [("examples", each.note) for each in shown if each.note]
