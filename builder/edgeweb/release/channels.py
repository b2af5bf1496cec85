"""`channels.json`: which release which visitor gets, as the browser reads it."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edgeweb.errors import SiteError
from edgeweb.schema.types import Strict

FORMAT = 1
FILE = "channels.json"
# Browsers count no further.
_LAST = 2**53 - 1

ReleaseId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]
Percent = Annotated[int, msgspec.Meta(gt=0, le=100)] | Annotated[float, msgspec.Meta(gt=0, le=100)]
# It travels as the value of a header.
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$(?!\n)")]
Salt = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$(?!\n)")]


class Canary(Strict, frozen=True):
    """A release for so many of a hundred visitors."""

    release: ReleaseId
    percent: Percent
    salt: Salt


class Arm(Strict, frozen=True):
    """A release that an experiment compares, for so many of a hundred visitors."""

    name: Name
    release: ReleaseId
    percent: Percent


class Experiment(Strict, frozen=True):
    """Arms side by side. `control`: the name of the arm that is the stable release, which all other visitors have."""

    name: Name
    salt: Salt
    arms: list[Arm]
    control: Name | None = None


class Channels(Strict, frozen=True):
    """The file. `number` grows with every change; after `expires` (a day, UTC) browsers obey it no more.

    `revoked`: releases that stop wherever they are open. `signature`: of this text with an empty one, by a key that
    the stable release names.
    """

    format: Literal[1]
    number: Annotated[int, msgspec.Meta(ge=1, le=_LAST)]
    expires: Day
    stable: ReleaseId
    revoked: list[ReleaseId]
    canary: Canary | None = None
    experiment: Experiment | None = None
    signature: str | None = None

    def named(self) -> dict[str, str]:
        """Every release that some visitor gets, and what for."""
        found = {self.stable: "stable"}
        if self.canary is not None:
            found.setdefault(self.canary.release, f"canary {self.canary.percent:g} %")
        if self.experiment is not None:
            for arm in self.experiment.arms:
                found.setdefault(arm.release, f"{self.experiment.name} {arm.name} {arm.percent:g} %")
        return found


class Seat(Strict, frozen=True):
    """Which release a visitor has, and how they came to it."""

    release: str
    channel: Literal["stable", "canary", "experiment"]
    arm: str | None = None


def seat(found: Channels, visitor: str) -> Seat:
    """The release for a visitor, by an id that stays on the device; web/src/shared/channels.ts decides the same.

    Arm i of n begins at i/n of all visitors, so that whoever is in stays in when the arms grow.
    """
    if found.experiment is not None:
        place, arms = share(found.experiment.salt, visitor), found.experiment.arms
        for number, arm in enumerate(arms):
            if 0 <= place - number / len(arms) < arm.percent / 100:
                return Seat(release=arm.release, channel="experiment", arm=arm.name)
        if found.experiment.control is not None:
            return Seat(release=found.stable, channel="experiment", arm=found.experiment.control)
    if found.canary is not None and share(found.canary.salt, visitor) < found.canary.percent / 100:
        return Seat(release=found.canary.release, channel="canary")
    return Seat(release=found.stable, channel="stable")


def share(salt: str, visitor: str) -> float:
    """Where a visitor stands among all, from 0 to less than 1: SHA-256(salt + id), its first 32 bits."""
    return int.from_bytes(hashlib.sha256((salt + visitor).encode()).digest()[:4], "big") / 2**32


def new_salt() -> str:
    """What makes a draw independent of every other."""
    return secrets.token_hex(8)


def encode(found: Channels) -> bytes:
    """As it is written, the same bytes for the same content."""
    return msgspec.json.format(msgspec.json.encode(found, order="deterministic"), indent=1) + b"\n"


def decode(data: bytes, source: str = FILE) -> Channels:
    """Parse and check.

    Raises:
        SiteError: it is not such a file, or contradicts itself.
    """
    try:
        found = msgspec.json.decode(data, type=Channels)
        datetime.date.fromisoformat(found.expires)
    except (ValueError, RecursionError) as error:
        raise SiteError(f"{source} is malformed", str(error), "Publish the folder of releases again") from error
    fault = _fault(found)
    if fault:
        raise SiteError(f"{source} is malformed", fault, "Publish the folder of releases again")
    return found


def _fault(found: Channels) -> str:
    """What is wrong, beyond what the types say; empty where nothing is."""
    arms = [] if found.experiment is None else found.experiment.arms
    if found.experiment is not None and not arms:
        return "its experiment has no arms"
    for arm in arms:
        if arm.percent > 100 / len(arms):
            return f"arm {arm.name} has {arm.percent:g} %, and of {len(arms)} arms each may have {100 / len(arms):g} %"
    gone = sorted(found.named().keys() & set(found.revoked))
    return f"it gives visitors {gone[0]}, which it revokes" if gone else ""


def read(folder: Path) -> Channels | None:
    """What the file of a folder says; None where there is none."""
    path = folder / FILE
    try:
        return decode(path.read_bytes(), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SiteError(f"{path} cannot be read", error.strerror or str(error), "Check the folder") from error
