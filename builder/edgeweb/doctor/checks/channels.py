"""channels.json: which releases there are, until when that holds, and that each of them is complete."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from edgeweb import manifest
from edgeweb.doctor.asking import Ask
from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.folder import Folder
from edgeweb.doctor.visit import Visit
from edgeweb.errors import SiteError
from edgeweb.manifest import Manifest
from edgeweb.release import channels
from edgeweb.release.channels import Channels

_SOON_DAYS = 14
_STAY = "Visitors stay with the release they have"
_OVER = "Browsers stop taking what it says: no canary, no rollback and no revoked release reaches them"
_RENEW = "Promote the stable release again (edgeweb release promote), which renews it, and deploy"

# Why a file of a release is not there as it was built; "" where it is.
Lookup = Callable[[str, str], str]


def _of_host(visit: Visit) -> Iterator[Finding]:
    answer = visit.client.ask(Ask(channels.FILE, keep=True))
    if answer.status == 404 or answer.media_type == "text/html":
        yield Finding("skipped", "no channels.json: the host has one release")
        return
    if answer.status != 200:
        what = f"channels.json is answered with {answer.status or answer.problem}"
        yield Finding("fail", what, "Visitors stay with the release they have", visit.mend("deploy"))
        return

    def read(name: str) -> bytes | None:
        found = visit.client.ask(Ask(name, keep=True))
        return found.body if found.status == 200 else None

    def lookup(name: str, digest: str) -> str:
        found = visit.client.ask(Ask(name))
        if found.redirect and (within := visit.within(found.redirect)) is not None:
            found = visit.client.ask(Ask(within))
        if found.status != 200:
            return f"answered with {found.status}" if found.status else found.problem
        return "" if found.sha256 == digest else "has other bytes than were built"

    yield from _judged(answer.body, visit.manifest.release, visit.now, read, lookup, visit.mend("deploy"))


def _of_folder(folder: Folder) -> Iterator[Finding]:
    data = folder.read(channels.FILE)
    if data is None:
        yield Finding("skipped", "no channels.json: the folder is one site, and no folder of releases")
        return

    def lookup(name: str, digest: str) -> str:
        found = folder.stored(name)
        return found.problem or ("" if found.sha256 == digest else "has other bytes than were built")

    mend = "Add the release again: edgeweb release add DIR"
    yield from _judged(data, folder.manifest.release, folder.now, folder.read, lookup, mend)


def _judged(
    data: bytes, root: str, now: datetime, read: Callable[[str], bytes | None], lookup: Lookup, mend: str
) -> Iterator[Finding]:
    try:
        found = channels.decode(data)
    except SiteError as error:
        yield Finding("fail", f"channels.json is malformed: {error.why}", _STAY, mend)
        return
    ends = date.fromisoformat(found.expires)
    yield from _expiry(ends, now.astimezone(UTC).date())
    yield from _releases(found, root, read, lookup, mend)


def _expiry(ends: date, today: date) -> Iterator[Finding]:
    left = (ends - today).days
    if left < 0:
        yield Finding("fail", f"channels.json expired on {ends}", _OVER, _RENEW)
    elif left <= _SOON_DAYS:
        yield Finding(
            "warn",
            f"channels.json expires on {ends}, in {left} days",
            f"From then on: {_OVER[0].lower()}{_OVER[1:]}",
            _RENEW,
        )


def _releases(
    found: Channels, root: str, read: Callable[[str], bytes | None], lookup: Lookup, mend: str
) -> Iterator[Finding]:
    if found.stable != root:
        what = f"the channel stable names {found.stable}, and the page at the root is of {root}"
        yield Finding("fail", what, "New visitors get another release than the others", mend)
    for release in found.named():
        wrong = list(_incomplete(release, read, lookup))
        if wrong:
            paths = [path for path, _ in wrong]
            what = f"release {release} is not complete: {several(paths)}: {wrong[0][1]}"
            consequence = "Browsers that are to take it do not, and stay with the release they have"
            yield Finding("fail", what, consequence, mend)


def _incomplete(release: str, read: Callable[[str], bytes | None], lookup: Lookup) -> Iterator[tuple[str, str]]:
    name = f"releases/{release}/edgeweb.json"
    data = read(name)
    about = None if data is None else _decoded(data, name)
    if about is None or data is None:
        yield name, "is not there" if data is None else "is not a manifest of this edgeweb"
        return
    if about.release != release or not _named(data, release):
        yield name, f"is of release {about.release}, or was changed"
        return
    for path, entry in about.files.items():
        where = path if path.startswith("assets/") else f"releases/{release}/{path}"
        problem = lookup(where, entry.sha256)
        if problem:
            yield where, problem


def _decoded(data: bytes, name: str) -> Manifest | None:
    try:
        return manifest.decode(data, name)
    except SiteError:
        return None


def _named(data: bytes, release: str) -> bool:
    blank = data.replace(f'\n "release": "{release}"'.encode(), b'\n "release": ""', 1)
    return hashlib.sha256(blank).hexdigest()[:16] == release


CHECKS = (Check("channels", "channels.json holds, and each release that it names is complete", _of_host, _of_folder),)
