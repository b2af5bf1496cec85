"""deployed.json, what was sent and when: open tabs still need the files of the last release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from edgeweb.doctor.asking import Ask
from edgeweb.doctor.common import Check, Finding, State, several
from edgeweb.doctor.visit import Visit

LEDGER = "deployed.json"
# `deploy` keeps them for seven days unless it is told otherwise; a page that is open for a day is a usual one.
_KEPT, _NEEDED = timedelta(days=7), timedelta(days=1)
_MOST = 20_000


class Sent(msgspec.Struct, frozen=True):
    """A file as it was sent."""

    bytes: int
    sha256: str


class Deployment(msgspec.Struct, frozen=True):
    """What was sent at once. `channels`: the number of the channels, where it was a folder of releases."""

    at: datetime
    files: dict[str, Sent]
    release: str = ""
    channels: int = 0
    replaced: datetime | None = None


class Begun(msgspec.Struct, frozen=True):
    """A deployment under way, or one that was cut. `until`: when others may take it for cut."""

    at: datetime
    until: datetime


class Ledger(msgspec.Struct, frozen=True):
    """The newest deployment first."""

    format: int
    number: int
    deployments: list[Deployment] = []
    begun: Begun | None = None


def _old(visit: Visit) -> Iterator[Finding]:
    answer = visit.client.ask(Ask(LEDGER, keep=True))
    if answer.status != 200 or answer.media_type == "text/html":
        yield Finding("skipped", "no deployed.json says what was deployed before: edgeweb deploy writes it")
        return
    try:
        ledger = msgspec.json.decode(answer.body, type=Ledger)
    except (msgspec.DecodeError, ValueError) as error:
        what = f"deployed.json cannot be read: {error}"
        yield Finding(
            "warn",
            what,
            "The next deployment sends everything, and cannot tell what is still needed",
            visit.mend("deploy"),
        )
        return
    yield from _current(visit, ledger)
    replaced = list(zip(ledger.deployments[1:], ledger.deployments, strict=False))
    seen: set[str] = set()
    for old, new in replaced:
        yield from _needed(visit, old, _aware(old.replaced or new.at), seen)


def _current(visit: Visit, ledger: Ledger) -> Iterator[Finding]:
    if ledger.begun is not None:
        over = _aware(ledger.begun.until) < visit.now
        what = f"a deployment that began at {ledger.begun.at:%Y-%m-%d %H:%M} {'was cut' if over else 'is under way'}"
        mend = visit.mend("deploy") if over else "Wait until it is over, and look again"
        yield Finding("warn", what, "Some files may be of another release", mend)
    newest = ledger.deployments[0] if ledger.deployments else None
    if newest is not None and newest.release and newest.release != visit.manifest.release:
        what = f"deployed.json names release {newest.release}, and the host has {visit.manifest.release}"
        consequence = "Somebody copied files past edgeweb deploy, or a deployment is under way"
        yield Finding("warn", what, consequence, visit.mend("deploy"))


def _needed(visit: Visit, old: Deployment, until: datetime, seen: set[str]) -> Iterator[Finding]:
    age = visit.now - until
    if age > _KEPT:
        return
    paths = [path for path in old.files if path.startswith("assets/") and path not in seen and path not in visit.files]
    seen.update(paths)
    asks = [Ask(path, most=old.files[path].bytes * 2 + (1 << 20)) for path in paths[:_MOST] if not _sidecar(path)]
    answers = dict(zip([ask.path for ask in asks], visit.client.all(asks), strict=True))
    gone = [path for path, found in answers.items() if found.status != 200 or found.sha256 != old.files[path].sha256]
    if gone:
        state: State = "fail" if age < _NEEDED else "warn"
        name = old.release or f"channels {old.channels}"
        what = f"{several(gone)}: gone, and {name} was replaced only {_span(age)} ago"
        consequence = "Pages that are open, and visits that are half-way, ask for these files and fail"
        yield Finding(state, what, consequence, "Deploy with edgeweb deploy --keep-days 7, which leaves them there")


def _sidecar(path: str) -> bool:
    return path.endswith((".br", ".gz"))


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _span(age: timedelta) -> str:
    return f"{age.days} days" if age.days > 1 else f"{max(age.total_seconds(), 0) / 3600:.0f} hours"


CHECKS = (Check("old-assets", "what releases before need is still there", _old),)
