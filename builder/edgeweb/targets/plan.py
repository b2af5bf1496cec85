"""What a deployment sends, in its order, what it keeps of older ones, and what it deletes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from edgeweb.errors import UsageError
from edgeweb.release import channels
from edgeweb.targets import ledger
from edgeweb.targets.ledger import Deployment, Entry, Ledger
from edgeweb.targets.shipment import Shipment

MANIFEST = "edgeweb.json"
_PAGE = "index.html"
# What a page that is still open may ask for, long after another release has taken its place.
_LASTING = ("assets/", "releases/")


@dataclass(frozen=True)
class Plan:
    """One deployment. Every mapping is by the path on the host.

    `phases`: what goes up, each wholly before the next: assets, other files, edgeweb.json, channels.json (an empty one
    is left out); then `ledger` as deployed.json, and only then `deleted` is deleted, which nobody needs any more.
    `same`: of the site, and on the host as it is; `kept`: not of the site, but of a release that was replaced only
    lately. A host whose deployments replace the whole set gets phases, same and kept.
    """

    phases: tuple[Mapping[str, Entry], ...]
    same: Mapping[str, Entry]
    kept: Mapping[str, Entry]
    deleted: Mapping[str, Entry]
    ledger: Ledger

    @property
    def sent(self) -> dict[str, Entry]:
        """Of all phases, in their order."""
        return {path: entry for phase in self.phases for path, entry in phase.items()}

    @property
    def deployment(self) -> Deployment:
        """The new one, as the ledger has it."""
        return self.ledger.deployments[0]


def plan(
    site: Shipment, before: Ledger | None, at: datetime, keep_days: float, files: Mapping[str, Entry] | None = None
) -> Plan:
    """What has to be done, where `before` is what the host's ledger says; None where it has none that can be read.

    Args:
        files: what is to stand there, where that is not what the folder has (other encodings, say).

    Raises:
        UsageError: the host has channels with a higher number, others with the same, or any and the site none.
    """
    known = before or ledger.NONE
    _check_number(site, known)
    wanted = dict(site.files if files is None else files)
    there = _certain(known)
    same = {path: entry for path, entry in wanted.items() if there.get(path) == entry}
    older = _older(known, wanted, at, keep_days)
    kept = {path: entry for each in reversed(older) for path, entry in each.files.items()}
    begun = known.begun.files if known.begun else {}
    deleted = {path: entry for path, entry in {**known.files, **begun}.items() if path not in {**wanted, **kept}}
    new = Deployment(release=site.manifest.release, at=ledger.instant(at), files=wanted, channels=site.channels)
    written = Ledger(format=1, number=known.number + 1, deployments=[new, *older])
    return Plan(_phases({path: wanted[path] for path in wanted if path not in same}), same, kept, deleted, written)


def _check_number(site: Shipment, known: Ledger) -> None:
    there = known.channels
    if there is None or (site.channels is not None and site.channels > there):
        return
    if site.channels == there:
        _check_same(site, known)
        return
    why = f"the host has number {there}, and no browser that saw that takes a lower one"
    hint = "Fetch the newest folder of releases, or go back with: edgeweb release rollback"
    if site.channels is None:
        why = f"the host has a folder of releases (channels.json number {there}), which this site alone would end"
        raise UsageError(f"{site.folder} cannot go there", why, "Run edgeweb release add, and deploy the releases")
    raise UsageError(f"{site.folder / channels.FILE} has number {site.channels}", why, hint)


def _check_same(site: Shipment, known: Ledger) -> None:
    """UsageError where two folders have gone apart: one of them would take back what the other has done."""
    told = {**known.files, **(known.begun.files if known.begun else {})}.get(channels.FILE)
    if told is not None and told.sha256 != site.files[channels.FILE].sha256:
        why = "the host has another one with that number, of a folder that somebody else changed"
        hint = "Fetch that folder, or let yours count with one more command: edgeweb release promote ID"
        raise UsageError(f"{site.folder / channels.FILE} has number {site.channels}", why, hint)


def _certain(known: Ledger) -> dict[str, Entry]:
    """What is on the host for sure: a deployment that was cut may have replaced any file that it was to send."""
    doubtful = known.begun.files if known.begun else {}
    return {path: entry for path, entry in known.files.items() if path not in doubtful}


def _older(known: Ledger, wanted: Mapping[str, Entry], at: datetime, keep_days: float) -> list[Deployment]:
    """What is left of deployments that were replaced less than `keep_days` ago, each file in the newest that has it."""
    found: list[Deployment] = []
    seen, now = set(wanted), ledger.instant(at)
    for each in known.deployments:
        replaced = each.replaced or now
        left = {path: entry for path, entry in each.files.items() if path.startswith(_LASTING) and path not in seen}
        if left and at - ledger.moment(replaced) < timedelta(days=keep_days):
            found.append(msgspec.structs.replace(each, files=left, replaced=replaced))
            seen |= left.keys()
    return found


def _phases(sent: Mapping[str, Entry]) -> tuple[dict[str, Entry], ...]:
    ordered = [{path: sent[path] for path in sorted(sent, key=_within) if _phase(path) == n} for n in range(4)]
    return tuple(phase for phase in ordered if phase)


def _phase(path: str) -> int:
    if path.startswith("assets/"):
        return 0
    return {MANIFEST: 2, channels.FILE: 3}.get(path, 1)


def _within(path: str) -> tuple[bool, str]:
    """The page last of the other files: it is what names them."""
    return path.split(".html")[0] + ".html" == _PAGE, path
