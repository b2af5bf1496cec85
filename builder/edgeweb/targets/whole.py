"""Hosts whose deployments replace the whole set: what older releases and open pages need goes there again."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from edgeweb.errors import SiteError
from edgeweb.targets import ledger, live, shipment
from edgeweb.targets.common import Teller, Wanted
from edgeweb.targets.ledger import Entry
from edgeweb.targets.plan import Plan, plan
from edgeweb.targets.shipment import Shipment

# These hosts compress on their own, and look at no file beside another.
_FORMS = (".br", ".gz")
_TOLD = 3


def planned(target: str, site: Shipment, url: str, wanted: Wanted, tell: Teller) -> Plan:
    """What is to be there then. `url`: where the site is seen just now; none where nothing has been deployed yet."""
    if url:
        tell(f"reading what {url} shows")
    known = live.read(target, url, wanted) if url else None
    return plan(site, known, wanted.at, wanted.keep_days, entries(site))


def entries(site: Shipment) -> dict[str, Entry]:
    """Every file but the compressed forms of others."""
    return {path: each for path, each in site.files.items() if not (path[-3:] in _FORMS and path[:-3] in site.files)}


def laid(site: Shipment, found: Plan, url: str, room: Path, tell: Teller) -> tuple[Plan, set[str]]:
    """The whole set into an empty folder: the site, and what is kept from the live site.

    The plan as it can be carried out, and the paths of what was to be kept, but is not to be had any more.
    """
    lost: set[str] = set()
    if found.kept:
        tell(f"fetching {len(found.kept)} files that older releases need")
        lost = live.fetch(url, found.kept, room)
    done = _without(found, lost)
    for path, each in {**found.same, **found.sent}.items():
        (room / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(site.folder / path, room / path)
        except OSError as error:
            raise SiteError(f"{path} cannot be read", error.strerror or str(error), "Build the site again") from error
        if shipment.entry(room / path) != each:
            raise SiteError(f"{path} has changed", "it was built again while it was sent", "Deploy it again")
    (room / ledger.NAME).write_bytes(ledger.encode(done.ledger))
    return done, lost


def sha1s(folder: Path) -> dict[str, tuple[str, int]]:
    """By which Netlify and Vercel know contents, with their lengths: not what anything is checked by."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            found[name] = (hashlib.sha1(data, usedforsecurity=False).hexdigest(), len(data))
    return found


def told(lost: set[str]) -> tuple[tuple[str, str], ...]:
    """For the user, where something is lost."""
    if not lost:
        return ()
    rest = f" and {len(lost) - _TOLD} more" if len(lost) > _TOLD else ""
    paths = ", ".join(sorted(lost)[:_TOLD]) + rest
    return (("lost", f"{paths}: of older releases, and no longer on the host; their open pages have to load anew"),)


def _without(found: Plan, lost: set[str]) -> Plan:
    if not lost:
        return found
    newest, *older = found.ledger.deployments
    left = [msgspec.structs.replace(each, files=_but(each.files, lost)) for each in older]
    kept = [newest, *(each for each in left if each.files)]
    told_so = msgspec.structs.replace(found.ledger, deployments=kept)
    return dataclasses.replace(found, kept=_but(found.kept, lost), ledger=told_so)


def _but(files: Mapping[str, Entry], lost: set[str]) -> dict[str, Entry]:
    return {path: each for path, each in files.items() if path not in lost}
