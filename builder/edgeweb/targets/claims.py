"""Who is at work on a host: a claim in its ledger, which counts for as long as its owner lives."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from edgeweb.machine import cache
from edgeweb.targets import ledger
from edgeweb.targets.common import Wanted, raced
from edgeweb.targets.ledger import Begun, Ledger
from edgeweb.targets.plan import Plan

# After so long without a sign of life a claim of another machine's counts as left behind.
LASTS = timedelta(minutes=15)
_KEPT_S = 7 * 86400


@contextmanager
def token() -> Iterator[str]:
    """A name for this deployment, by which this machine can see whether it still goes on."""
    name = secrets.token_hex(16)
    file = _open(name)
    try:
        yield name
        # One that failed leaves it behind, unlocked: its claim may still be on the host.
        _place(name).unlink(missing_ok=True)
    finally:
        if file is not None:
            os.close(file)


def check(target: str, known: Ledger | None, wanted: Wanted) -> None:
    """UsageError where another deployment is at work there, as far as can be seen."""
    begun = known.begun if known else None
    if begun is None or wanted.force or ledger.moment(begun.until) <= wanted.at or _is_over(begun.token):
        return
    raise raced(target, known)


def begun(planned: Plan, known: Ledger | None, name: str) -> Ledger:
    """The ledger as it was, with the claim of this deployment. What an earlier one has left undone is now its own."""
    new, now = planned.deployment, datetime.now(UTC)
    undone = known.begun.files if known and known.begun else {}
    files = {**undone, **planned.deleted, **planned.sent}
    numbers = [each for each in (new.channels, known.channels if known else None) if each is not None]
    about = Begun(
        release=new.release, at=new.at, until=ledger.instant(now + LASTS), token=name, files=files,
        channels=max(numbers, default=None),
    )  # fmt: skip
    return msgspec.structs.replace(known or ledger.NONE, begun=about)


def renewed(claimed: Ledger, lasts: timedelta = LASTS) -> Ledger:
    """The same for longer; with `lasts` of nothing, it is given up, and the next may begin at once."""
    if claimed.begun is None:
        return claimed
    until = ledger.instant(datetime.now(UTC) + lasts)
    return msgspec.structs.replace(claimed, begun=msgspec.structs.replace(claimed.begun, until=until))


def _place(name: str) -> Path:
    return cache.folder("deploying") / name


def _open(name: str) -> int | None:
    """Locked until it is closed, or this process ends; None where this machine cannot do that."""
    try:
        import fcntl

        _place(name).parent.mkdir(parents=True, exist_ok=True)
        for old in _place(name).parent.iterdir():
            if time.time() - old.stat().st_mtime > _KEPT_S:
                old.unlink(missing_ok=True)
        file = os.open(_place(name), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return None
    return file


def _is_over(name: str) -> bool:
    """Whether it was this machine's, and its process is gone."""
    try:
        import fcntl

        file = os.open(_place(name), os.O_RDWR)
    except (ImportError, OSError):
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(file)
