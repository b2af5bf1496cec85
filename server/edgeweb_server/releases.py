"""A folder of sites: each at `/<folder>/`, and at `/` a page that lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from edgeweb_server import listing
from edgeweb_server.errors import ServeError
from edgeweb_server.site import MANIFEST_FILE, Site, Stamp, load, stamp
from edgeweb_server.words import Words

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Releases:
    """The sites of a folder by the folder's name, in order, as they were when they were loaded."""

    folder: Path
    sites: Mapping[str, Site]
    seen: Stamp | None

    def fresh(self) -> bool:
        """Whether the folder and every site in it are still the ones that were loaded."""
        return stamp(self.folder) == self.seen and all(site.fresh() for site in self.sites.values())

    def page(self, words: Words) -> str:
        """The list as HTML, which `listing.POLICY` fits."""
        return listing.page({name: site.card for name, site in self.sites.items()}, words)


def load_any(folder: Path) -> Site | Releases:
    """The site in `folder`, or the sites in its sub-folders when it is not a site itself.

    Raises:
        ServeError: there is no site, or one of them cannot be served.
    """
    seen = stamp(folder)
    try:
        if (folder / MANIFEST_FILE).exists():
            return load(folder)
        # A hidden folder is somebody's work in progress: the builder writes a site beside the old one first.
        names = sorted(
            child.name
            for child in folder.iterdir()
            if not child.name.startswith(".") and (child / MANIFEST_FILE).exists()
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise ServeError(
            f"{folder} cannot be read", reason, f"Check the name, or run: edgeweb build MODEL -o {folder}"
        ) from error
    if not names:
        reason = f"Neither it nor a folder in it has an {MANIFEST_FILE}"
        raise ServeError(f"{folder} is not a site", reason, "Give the folder that edgeweb build made (default: dist)")
    return Releases(folder, MappingProxyType({name: _release(folder, name) for name in names}), seen)


def _release(folder: Path, name: str) -> Site:
    path = folder / name
    if not _PLAIN_NAME.fullmatch(name):
        allowed = "A site's folder is part of its address, so only letters, digits, '.', '_' and '-' fit"
        raise ServeError(f"{path} cannot be served", allowed, "Rename the folder")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ServeError(f"{path} leads out of {folder}", f"It is a link to {path.resolve()}", "Move the site there")
    return load(path)
