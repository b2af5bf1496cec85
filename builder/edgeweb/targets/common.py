"""What a target is: how it is typed, and how a site gets there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from edgeweb.convert.common import How
from edgeweb.errors import OutputError, UsageError
from edgeweb.targets.ledger import NAME, Ledger
from edgeweb.targets.plan import Plan
from edgeweb.targets.shipment import Shipment

Teller = Callable[[str], None]


@dataclass(frozen=True)
class Sent:
    """What was done, or with --dry-run would be. `where`: in a few words; `notes`: what else to know, by its name;
    `following`: what to type to see it; `document`: for --json.

    `plan`: what was sent, kept and deleted, where the target is a host of web sites; `url`: the site's address with its
    last slash, where that is known; `wire`: the bytes of what was sent, where they are not those of the files.
    """

    where: str
    notes: tuple[tuple[str, str], ...] = ()
    following: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    plan: Plan | None = None
    url: str = ""
    wire: int | None = None


@dataclass(frozen=True)
class Wanted:
    """How it is sent. `dry`: nothing is, nor is anything made; `how`: in which Python a target's own library is.

    `keep_days`: how long assets stay after their release was replaced; `force`: take a place that is not edgeweb's, or
    that another deployment seems to be at; `url`: where the user says that the site is seen; `at`: now.
    """

    dry: bool = False
    how: How = field(default_factory=How)
    keep_days: float = 7
    force: bool = False
    url: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Target:
    """One kind of target. `scheme`: before the colon; `form`: as it is typed; `send`: gets what stands behind it.

    `send` raises EdgewebError, and leaves what was there before as it is: a site that works.
    """

    scheme: str
    form: str
    send: Callable[[Shipment, str, Wanted, Teller], Sent]


def check_place(target: str, names: Collection[str], force: bool) -> None:
    """OutputError where something else than a site is there. `names`: of the files and folders at its top."""
    ours = NAME in names or {"edgeweb.json", "headers.json"} <= {*names}
    if names and not ours and not force:
        hint = "Choose another place, or put the site among what is there with --force"
        raise OutputError(f"{target} is not empty", "edgeweb did not make it", hint)


def raced(target: str, now: Ledger | None) -> UsageError:
    """The error where another deployment came first. `now`: the host's ledger as it is by now."""
    newest = now.newest if now else None
    if now and now.begun:
        why = f"release {now.begun.release} is being deployed there since {now.begun.at}"
        hint = f"Wait until it has ended; if it was cut, it counts as ended at {now.begun.until}, or now with --force"
    elif newest:
        why = f"release {newest.release} was deployed there meanwhile, at {newest.at}"
        hint = "Look whether yours is still wanted, then deploy again"
    else:
        why, hint = "somebody else changed it meanwhile", "Look what is there now, then deploy again"
    return UsageError(f"{target} was left as it is", why, hint)
