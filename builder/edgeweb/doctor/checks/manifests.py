"""The manifest itself, and whether the page beside it is of the same release."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.folder import Folder
from edgeweb.doctor.visit import PAGE, Visit
from edgeweb.manifest import Manifest

_PLAN = re.compile(rb'<script type="application/json" id="edgeweb-plan">(.*?)</script>', re.DOTALL)
_REFUSED = "Browsers that know the site stay with the release they have; others may get files that do not fit together"
_TYPE = "application/json"


def _manifest(visit: Visit) -> Iterator[Finding]:
    yield from _named(visit.text, visit.manifest.release, visit.mend("upload"))


def _stored(folder: Folder) -> Iterator[Finding]:
    yield from _named(folder.text, folder.manifest.release, "Build the site again")


def _named(text: bytes, release: str, mend: str) -> Iterator[Finding]:
    """A release is named by its content: the manifest's text without the name."""
    blank = text.replace(f'\n "release": "{release}"'.encode(), b'\n "release": ""', 1)
    digest = hashlib.sha256(blank).hexdigest()
    if digest[:16] != release:
        what = f"edgeweb.json was changed after the build: its release is {release}, and its content's {digest[:16]}"
        yield Finding("fail", what, _REFUSED, mend)


def _release(visit: Visit) -> Iterator[Finding]:
    foreign = strangers(visit.page.body, visit.manifest)
    if foreign is None:
        yield Finding("skipped", "the page says nothing of its files")
    elif foreign:
        what = f"index.html and edgeweb.json are of two releases: the page wants {several(foreign)}"
        consequence = "A deployment is under way, or was cut: new visitors may see no page until it is complete"
        yield Finding("fail", what, consequence, visit.mend("deploy"))


def _releases(folder: Folder) -> Iterator[Finding]:
    foreign = strangers(folder.read(PAGE) or b"", folder.manifest)
    if foreign:
        what = f"index.html and edgeweb.json are of two releases: the page wants {several(foreign)}"
        yield Finding("fail", what, "New visitors see no page", "Build the site again")


def strangers(page: bytes, manifest: Manifest) -> list[str] | None:
    """What the page's plan wants and the manifest does not have; None where there is no plan."""
    found = _PLAN.search(page)
    if found is None:
        return None
    try:
        plan = json.loads(found[1])
    except (ValueError, RecursionError):
        return None
    wanted = dict(_wanted(plan))
    known = {path: entry.sha256 for path, entry in manifest.files.items()}
    return sorted(path for path, digest in wanted.items() if known.get(path) != digest)


def _wanted(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        path, digest = node.get("path"), node.get("sha256")
        if isinstance(path, str) and isinstance(digest, str):
            yield path, digest
        for each in node.values():
            yield from _wanted(each)
    elif isinstance(node, list):
        for each in node:
            yield from _wanted(each)


CHECKS = (
    Check("manifest", "edgeweb.json is as it was built", _manifest, _stored),
    Check("release", "the page and the manifest are of one release", _release, _releases),
)
