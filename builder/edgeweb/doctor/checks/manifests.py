"""The manifest itself, and whether the page beside it is of the same release."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from edgeweb.doctor.asking import Ask
from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.folder import Folder
from edgeweb.doctor.visit import PAGE, Visit
from edgeweb.manifest import Manifest
from edgeweb.site import page

_PLAN = re.compile(rb'<script type="application/json" id="edgeweb-plan">(.*?)</script>', re.DOTALL)
_REFUSED = "Browsers that know the site stay with the release they have; others may get files that do not fit together"
_HEALED = "A deployment is under way, or was cut; the page goes by a copy of its own manifest"
_CUT = "A deployment is under way, or was cut: new visitors may see no page until it is complete"
_UNHEALED = "Between two files of the next deployment, new visitors see no page"


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
        return
    copy = page.copy_path(visit.page.body)
    there = visit.client.ask(Ask(copy)).status == 200
    if foreign:
        what = f"index.html and edgeweb.json are of two releases: the page wants {several(foreign)}"
        consequence = _HEALED if there else _CUT
        yield Finding("warn" if there else "fail", what, consequence, visit.mend("deploy"))
    elif not there:
        yield Finding("warn", f"{copy}: not there", _UNHEALED, visit.mend("upload"))


def _releases(folder: Folder) -> Iterator[Finding]:
    text = folder.read(PAGE) or b""
    foreign = strangers(text, folder.manifest)
    if foreign is not None and not foreign and page.copy_path(text) not in folder.present:
        yield Finding("warn", f"{page.copy_path(text)}: not there", _UNHEALED, "Copy the whole folder, or build again")
    if foreign:
        what = f"index.html and edgeweb.json are of two releases: the page wants {several(foreign)}"
        yield Finding("fail", what, "New visitors see no page", "Build the site again")


def strangers(html: bytes, manifest: Manifest) -> list[str] | None:
    """What the page's plan wants and the manifest does not have; None where there is no plan."""
    found = _PLAN.search(html)
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
