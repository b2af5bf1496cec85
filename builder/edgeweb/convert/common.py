"""What a format of a training library is: how it is known, which libraries convert it, and what comes of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from edgeweb.read import intake
from edgeweb.read.formats.foreign import HEAD, TAIL

# Libraries of training bring a gigabyte of addresses along before they have read anything.
MEMORY_BYTES = 12 << 30


class Glimpse(NamedTuple):
    """What a format is known by: a file's first and last bytes, or the names of what lies in a folder."""

    path: Path
    head: bytes = b""
    tail: bytes = b""
    names: frozenset[str] = frozenset()

    @property
    def suffix(self) -> str:
        """Of its name, in small letters: where bytes do not say enough."""
        return self.path.suffix.lower()


class Library(NamedTuple):
    """A package that a child imports. `module`: as it is imported; `install`: as pip calls it; `pin`: what
    `--with-deps` installs, with a space between several; `others`: names of distributions that bring the same module.
    """

    module: str
    install: str
    pin: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """One format. `key`: its name, and that of its script in `children/`; `called`: after "it is"; `recognises`: by a
    glimpse at a file or folder.

    `executes`: reading it runs code that it names, so that it needs --trust-pickle. `seconds`, `memory`: what its child
    may take. `environment`: further variables of its child. `instead`: libraries that do as well as `libraries`.
    `safer`: how the same is saved so that it executes nothing. `weights`: of a repository of the Hub's in this format,
    the names of its weights. `tells`: what edgeweb knows of a file that its child needs to.
    """

    key: str
    called: str
    libraries: tuple[Library, ...]
    recognises: Callable[[Glimpse], bool]
    executes: bool = False
    seconds: float = 600.0
    memory: int = MEMORY_BYTES
    environment: Mapping[str, str] = field(default_factory=dict)
    instead: tuple[Library, ...] = ()
    safer: str = "save it with skops.io.dump"
    weights: re.Pattern[str] | None = None
    tells: Callable[[Path], Mapping[str, str]] = lambda _: {}


@dataclass(frozen=True)
class How:
    """In which Python, with which consent. `python`: another than this one; `with_deps`: in an environment that edgeweb
    keeps; `columns`: of a table, as a frame teaches them: name and "number", "integer", "boolean" or "text".
    """

    python: Path | None = None
    with_deps: bool = False
    trust_pickle: bool = False
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Interpreter:
    """A Python that has what a format needs, and the versions of that, by the module."""

    path: Path
    version: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Converted:
    """A file of a training library, and what was made of it.

    `source`: what the user gave. `place`: the .onnx file, or a folder as `read.folder` takes them, in the cache.
    `framework`: its name with the version, such as "XGBoost 3.2.0". `said`: all that the child told, which it is given
    again for predictions. `notes`: for the report.
    """

    source: Path
    place: Path
    format: Format
    interpreter: Interpreter
    how: How
    framework: str
    said: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def answers(self) -> bool:
        """Whether its own framework can be asked for predictions."""
        return bool(self.said.get("inputs"))


def glimpse(path: Path) -> Glimpse | None:
    """The first and last bytes of a regular file, or a folder's names; None for what cannot be read: others say why."""
    try:
        if path.is_dir():
            with os.scandir(path) as entries:
                return Glimpse(path, names=frozenset(entry.name for entry in entries))
        file, info = intake.open_regular(path)
        with file:
            head = file.read(HEAD)
            file.seek(max(0, info.st_size - TAIL))
            return Glimpse(path, head, file.read(TAIL))
    except (OSError, intake.UnreadableError):
        return None


def first_of(formats: Sequence[Format], seen: Glimpse) -> Format | None:
    """The first that recognises it."""
    return next((each for each in formats if each.recognises(seen)), None)
