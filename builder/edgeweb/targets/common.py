"""What a target is: how it is typed, and how a site gets there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgeweb import manifest
from edgeweb.convert.common import How
from edgeweb.errors import SiteError
from edgeweb.manifest import Manifest

Teller = Callable[[str], None]


@dataclass(frozen=True)
class Shipment:
    """A site as it is sent. `report`: the content of report.json; `files`: all in the folder with their bytes."""

    folder: Path
    manifest: Manifest
    report: Mapping[str, Any]
    files: Mapping[str, int]

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(self.files.values())


@dataclass(frozen=True)
class Sent:
    """What was done, or with --dry-run would be. `where`: in a few words; `notes`: what else to know, by its name;
    `following`: what to type to see it; `document`: for --json.
    """

    where: str
    notes: tuple[tuple[str, str], ...] = ()
    following: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """How it is sent. `dry`: nothing is, nor is anything made; `how`: in which Python a target's own library is."""

    dry: bool = False
    how: How = field(default_factory=How)


@dataclass(frozen=True)
class Target:
    """One kind of target. `scheme`: before the colon; `form`: as it is typed; `send`: gets what stands behind it.

    `send` raises EdgewebError, and leaves what was there before as it is.
    """

    scheme: str
    form: str
    send: Callable[[Shipment, str, Wanted, Teller], Sent]


def shipment(folder: Path) -> Shipment:
    """The site in a folder, whole.

    Raises:
        SiteError: there is none, or one of its files is not as it was built.
    """
    about = manifest.read(folder)
    for name, file in about.files.items():
        path = folder / name
        try:
            whole = path.stat().st_size == file.bytes and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
        except OSError as error:
            raise SiteError(f"{path} cannot be read", error.strerror or str(error), "Build the site again") from error
        if not whole:
            raise SiteError(f"{path} is damaged", "it is not as the site's manifest has it", "Build the site again")
    return Shipment(folder, about, _report(folder), _files(folder))


def _report(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "report.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _files(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise SiteError(f"{path} cannot be sent", "it is a link, which no build writes", "Build the site again")
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = path.stat().st_size
    return found
