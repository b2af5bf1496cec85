"""Where a file in the Hugging Face Hub's cache is from, by its path: models--org--name/snapshots/commit/file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}")
_PREFIX = "models--"


@dataclass(frozen=True)
class Cached:
    """A repository at a commit; `root`: its folder in the cache, with `blobs` and `snapshots`."""

    repository: str
    commit: str
    root: Path

    @property
    def name(self) -> str:
        """The repository's without that of its owner."""
        return self.repository.rpartition("/")[2]

    @property
    def snapshot(self) -> Path:
        """The folder with its files."""
        return self.root / "snapshots" / self.commit


def of(path: Path) -> Cached | None:
    """What a file or folder in the cache is of; None for any other."""
    place = path.absolute()
    for folder in (place, *place.parents):
        above = folder.parent.parent
        if folder.parent.name == "snapshots" and _COMMIT.fullmatch(folder.name) and above.name.startswith(_PREFIX):
            # No part of a repository's name has two dashes in a row.
            repository = above.name.removeprefix(_PREFIX).replace("--", "/")
            return Cached(repository, folder.name, above)
    return None


def linked(path: Path) -> Path | None:
    """The file that a link in the cache stands for, which is named by its hash and lies in the same repository's
    folder; None where it is no such link.
    """
    found = of(path)
    if found is None or not path.is_symlink():
        return None
    try:
        real = path.resolve(strict=True)
        return real if real.is_relative_to(found.root.resolve()) else None
    except (OSError, RuntimeError):
        return None
