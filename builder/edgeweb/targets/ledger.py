"""deployed.json, the small public file beside a deployed site: what stands there by content, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from edgeweb.schema.types import Bytes, Sha256

NAME = "deployed.json"

# What the host answers is never trusted to name a file outside of the site. Looser than SitePath: users add files.
Path = Annotated[str, msgspec.Meta(pattern=r"^(?!/)(?!.*(^|/)\.{0,2}(/|$))[^\x00-\x1f\x7f\\]+$(?!\n)")]
Instant = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$(?!\n)")]
Release = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,80}$(?!\n)")]


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file by its content, as a visitor gets it. `stored`: how a host keeps it, where each file has its own way."""

    bytes: Bytes
    sha256: Sha256
    stored: str = ""


class Deployment(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What was put there at once. `release`: what visitors get first; `channels`: the number of its channels.json.

    `files`: of the newest all of them; of an older one what is still there of it and no newer one has; `replaced`: when
    a newer one took its place.
    """

    release: Release
    at: Instant
    files: dict[Path, Entry]
    replaced: Instant | None = None
    channels: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Begun(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A deployment under way on a host whose files are replaced one by one; left there by one that was cut.

    `until`: when others may take it for cut; `token`: which one it is; `files`: what it puts there anew.
    """

    release: Release
    at: Instant
    until: Instant
    token: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
    files: dict[Path, Entry] = {}
    channels: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Ledger(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The whole file. `number`: one more with each deployment; `deployments`: the newest first."""

    format: Literal[1]
    number: Annotated[int, msgspec.Meta(ge=0)]
    deployments: list[Deployment] = []
    begun: Begun | None = None

    @property
    def newest(self) -> Deployment | None:
        """What visitors get."""
        return self.deployments[0] if self.deployments else None

    @property
    def files(self) -> dict[str, Entry]:
        """All that stands there, as far as is known."""
        return {path: entry for each in reversed(self.deployments) for path, entry in each.files.items()}

    @property
    def channels(self) -> int | None:
        """The highest number of channels.json that a visitor may have seen there."""
        every: list[Deployment | Begun] = [*self.deployments, *([self.begun] if self.begun else [])]
        return max((each.channels for each in every if each.channels is not None), default=None)


NONE = Ledger(format=1, number=0)


def decode(data: bytes | None) -> Ledger | None:
    """The ledger; None where there is none, or what is there cannot be one: then everything goes up, nothing goes."""
    try:
        return None if data is None else msgspec.json.decode(data, type=Ledger)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def encode(ledger: Ledger) -> bytes:
    """As it is stored; the same bytes for the same content."""
    return msgspec.json.format(msgspec.json.encode(ledger, order="deterministic"), indent=1) + b"\n"


def instant(at: datetime) -> str:
    """As the ledger writes it, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """What `instant` wrote; long ago where it is no date that there is."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def total(files: Mapping[str, Entry]) -> int:
    """Of all of them, in bytes."""
    return sum(entry.bytes for entry in files.values())
