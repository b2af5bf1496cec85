"""Signatures in a folder of releases: that of `channels.json`, and whether a browser would take what comes next."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from edgeweb.errors import UsageError
from edgeweb.manifest import Manifest
from edgeweb.release import changes, channels, files
from edgeweb.release.channels import Channels
from edgeweb.trust import bundle, keys, sealed, site
from edgeweb.trust.keys import PublicKey

# Where a key is looked for that nobody names.
_USUAL = "EDGEWEB_KEY"


def signed(place: Path, before: Channels | None, found: Channels, key: str | None) -> Channels:
    """With the signature that visitors' browsers will ask for; without one where no release names who signs.

    A browser checks it with the keys of the release that it has: so of the stable one that was, and of the one that is.
    """
    wanted = [files.about(place, each) for each in {found.stable, found.stable if before is None else before.stable}]
    named = [set(each.signers) for each in wanted if each.signers]
    if not named:
        return changes.replace(found, signature=None)
    signer = keys.private(_key(key))
    if not all(signer.public.id in each for each in named):
        why = f"{found.stable} and the release before it name other keys, so no browser would obey it"
        raise UsageError("channels.json cannot be signed with this key", why, "Give one that both name, with --key")
    text = channels.encode(changes.replace(found, signature=""))
    return changes.replace(found, signature=sealed.signature(text, signer))


def _key(key: str | None) -> str:
    if key is not None:
        return key
    if os.environ.get(_USUAL):
        return f"{keys.ENVIRONMENT}{_USUAL}"
    why = "the stable release names who signs, and browsers obey nothing else"
    raise UsageError("channels.json has to be signed", why, f"Give the key with --key key.pem, or in {_USUAL}")


def check_succession(place: Path, before: Channels, after: Channels) -> None:
    """Refuse what the browsers of visitors would refuse: a release that no key of the present one has signed."""
    present = files.about(place, before.stable)
    trusted = _keys(place, present)
    for release in after.named():
        if trusted and release not in before.named():
            _check(place, release, trusted, before.stable)


def _check(place: Path, release: str, trusted: Sequence[PublicKey], present: str) -> None:
    own = files.place(place, release) / bundle.FILE
    opened = bundle.opened(own.read_bytes(), trusted) if own.is_file() else None
    if opened is None:
        why = f"no key that {present} names has signed it, so browsers that have that release would refuse it"
        raise UsageError(
            f"Release {release} cannot be used", why, "Sign it: edgeweb sign DIR --key key.pem; then add it"
        )


def _keys(place: Path, about: Manifest) -> list[PublicKey]:
    if not about.signers:
        return []
    own = files.place(place, about.release) / site.KEYS
    return keys.named(own.read_bytes(), site.KEYS, about.signers)
