"""What is sent: a site, or a folder of releases, whole and as it was built."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeweb import manifest
from edgeweb.errors import SiteError
from edgeweb.manifest import Manifest
from edgeweb.release import channels
from edgeweb.targets import ledger
from edgeweb.targets.ledger import Entry
from edgeweb.trust import whole

# Hidden files are somebody's own, but this one keeps GitHub Pages from leaving files out.
_SENT_THOUGH_HIDDEN = {".nojekyll"}
_AGAIN = "Build the site again"


@dataclass(frozen=True)
class Shipment:
    """A site as it is sent. `report`: the content of report.json; `files`: what is to stand on the host, by content.

    `channels`: the number of channels.json, of a folder of releases; `manifest` is then that of the stable one.
    """

    folder: Path
    manifest: Manifest
    report: Mapping[str, Any]
    files: Mapping[str, Entry]
    channels: int | None = None

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return ledger.total(self.files)


def shipment(folder: Path) -> Shipment:
    """The site or the folder of releases, whole.

    Raises:
        SiteError: there is none, or one of its files is not as it was built.
    """
    about = manifest.read(folder)
    files = {path: entry(folder / path) for path in _paths(folder)}
    _check(folder, "", about, files)
    several = channels.read(folder)
    if several is not None and several.stable != about.release:
        why = f"{channels.FILE} names {several.stable} as stable, and the root is {about.release}"
        hint = f"Run: edgeweb release promote {several.stable} -R {folder}"
        raise SiteError(f"{folder} is of two releases", why, hint)
    for release in several.named() if several else ():
        below = f"releases/{release}/"
        _check(folder, below, manifest.read(folder / below), files)
    return Shipment(folder, about, _report(folder), files, several.number if several else None)


def _check(folder: Path, below: str, about: Manifest, files: Mapping[str, Entry]) -> None:
    """Releases keep what is under assets/ together, and everything else each on its own."""
    for name, file in about.files.items():
        path = name if name.startswith("assets/") else f"{below}{name}"
        found = files.get(path)
        if found is None:
            raise SiteError(f"{folder / path} is missing", f"the release {about.release} needs it", _AGAIN)
        if (found.bytes, found.sha256) != (file.bytes, file.sha256):
            raise SiteError(f"{folder / path} is damaged", "it is not as the site's manifest has it", _AGAIN)


def _report(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "report.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _paths(folder: Path) -> list[str]:
    found = [path.relative_to(folder).as_posix() for path in _walked(folder)]
    # What an earlier deployment into this very folder has left.
    return sorted(path for path in found if path != ledger.NAME)


def _walked(folder: Path) -> Iterator[Path]:
    """Without hidden ones, such as a registry of releases or version control."""
    with os.scandir(folder) as entries:
        for each in sorted(entries, key=lambda entry: entry.name):
            path = Path(each.path)
            if each.name.startswith(".") and each.name not in _SENT_THOUGH_HIDDEN:
                continue
            if each.is_symlink():
                raise SiteError(f"{path} cannot be sent", "it is a link, which no build writes", _AGAIN)
            if not each.name.isprintable() or "\\" in each.name:
                raise SiteError(f"{path} cannot be sent", "hosts cannot keep a file of that name", "Rename it")
            if each.is_dir():
                yield from _walked(path)
            else:
                yield path


def unchanged(site: Shipment, paths: Iterable[str]) -> None:
    """SiteError where one of them is no longer what it was: a build has replaced it while it was read."""
    for path in paths:
        if entry(site.folder / path) != site.files[path]:
            raise SiteError(
                f"{site.folder / path} has changed", "it was built again while it was sent", "Deploy it again"
            )


def entry(path: Path) -> Entry:
    """A file by its content; SiteError where it cannot be read."""
    try:
        return Entry(path.stat().st_size, whole.digest(path))
    except OSError as error:
        raise SiteError(f"{path} cannot be read", error.strerror or str(error), _AGAIN) from error
