"""A site's folder signed, and checked against its signature."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edgeweb import manifest
from edgeweb.errors import LimitError, UsageError
from edgeweb.manifest import Manifest
from edgeweb.schema.site import FileEntry
from edgeweb.trust import bundle, keys, whole
from edgeweb.trust.keys import PrivateKey, PublicKey

KEYS = "signers.pem"
_MANIFEST = "edgeweb.json"
_CHANNELS = "channels.json"
COPIES = "assets/manifest-*.json"


@dataclass(frozen=True)
class Signed:
    """What was signed. `before`: the release that it was, where the key had to be named in it first."""

    release: str
    signer: str
    files: int
    before: str | None = None


@dataclass(frozen=True)
class Signer:
    """Who signs a site that is being built. `named`: whom its manifest names, who may sign the next one as well."""

    key: PrivateKey
    named: tuple[PublicKey, ...]


@dataclass(frozen=True)
class Verdict:
    """A signature that holds. `vouched`: by a key that whoever checks has named, and not the site itself.

    `left_out`: files that were signed and not asked for, as hosts keep them to themselves. `releases`: those below,
    where this is a folder of them.
    """

    release: str
    signer: str
    files: int
    vouched: bool
    left_out: int = 0
    releases: tuple[Verdict, ...] = ()


def sign(folder: str | Path, key: str | Path, *, following: Sequence[str | Path] = ()) -> Signed:
    """Sign the site in a folder; where it does not name the key yet, it does from then on, as a new release.

    Args:
        key: a PEM file, or `env:NAME`.
        following: public keys that may sign the next release too, such as the one that takes over.

    Raises:
        UsageError: a key cannot be used.
        SiteError: the site is damaged.
    """
    place, signer = Path(folder), keys.private(key)
    if (place / _CHANNELS).is_file():
        why = "its channel file is signed by edgeweb release, and each site before it is added"
        raise UsageError(f"{place} is a folder of releases", why, f"Run: edgeweb sign dist --key {key}")
    with whole.told(place):
        return _signed(place, signer, following)


def _signed(place: Path, signer: PrivateKey, following: Sequence[str | Path]) -> Signed:
    about = whole.whole(place)
    wanted = [signer.public, *(each for name in following for each in keys.public(name))]
    missing = [each for each in wanted if each.id not in about.signers]
    fresh = _named(place, about, missing) if missing else about
    found = bundle.digests(place)
    _write(place / bundle.FILE, bundle.signed(about.name, found, signer))
    return Signed(fresh.release, signer.public.id, len(found), about.release if missing else None)


def named(found: Sequence[PublicKey]) -> tuple[list[str], bytes]:
    """What a manifest and `signers.pem` say of the keys that sign."""
    return sorted({each.id for each in found}), keys.pem(found)


def _named(place: Path, about: Manifest, more: Sequence[PublicKey]) -> Manifest:
    """The site with these keys among its signers."""
    known = keys.parsed((place / KEYS).read_bytes(), KEYS) if about.signers else []
    ids, data = named([*known, *more])
    entry = FileEntry(bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), role="page")
    files = dict(sorted({**about.files, KEYS: entry}.items()))
    fresh = manifest.released(msgspec.structs.replace(about, files=files, signers=ids))
    text = manifest.encode(fresh)
    _write(place / KEYS, data)
    for copy in place.glob(COPIES):
        _write(copy, text)
    _write(place / _MANIFEST, text)
    return fresh


def verify(folder: str | Path, key: str | Path | None = None) -> Verdict:
    """Check a site's signature, and every file against it.

    Args:
        key: the public key to trust; without one, those that the site itself names.

    Raises:
        LimitError: it is not signed, by another key, or a file differs.
        SiteError: there is no site.
    """
    place = Path(folder)
    with whole.told(place):
        about, found = manifest.read(place), bundle.digests(place)
        signature, pem = _bytes(place / bundle.FILE), _bytes(place / KEYS)
    signed, signer = opened(place, about, signature, pem, key)
    fault = difference(signed, found)
    if fault:
        raise LimitError(f"{place} is not what was signed", fault, "Do not use it, and ask whoever made it")
    return Verdict(about.release, signer.id, len(found), key is not None)


def opened(
    where: object, about: Manifest, signature: bytes, pem: bytes, key: str | Path | None
) -> tuple[dict[str, str], PublicKey]:
    """The digests that were signed, and by whom; LimitError where the signature does not hold."""
    if not signature:
        raise LimitError(
            f"{where} is not signed", f"it has no {bundle.FILE}", "Sign it: edgeweb sign DIR --key key.pem"
        )
    found = bundle.opened(signature, trusted(where, about, pem, key))
    if found is None:
        whose = "the given key" if key is not None else "a key that it names"
        why = f"no signature in its {bundle.FILE} was made with {whose}, or it was changed"
        raise LimitError(f"The signature of {where} does not hold", why, "Do not use it, and ask whoever made it")
    return found


def trusted(where: object, about: Manifest, pem: bytes, key: str | Path | None) -> list[PublicKey]:
    """The given keys; without any, those that the site itself names."""
    if key is not None:
        return keys.public(key)
    found = keys.named(pem, KEYS, about.signers) if about.signers and pem else []
    if not found:
        why = "it names no key of its own"
        raise LimitError(f"Nobody is known to have signed {where}", why, "Give the key to trust with --key pub.pem")
    return found


def difference(signed: Mapping[str, str], found: Mapping[str, str]) -> str:
    """What is not as it was signed; empty where all is."""
    for name in sorted(signed.keys() | found.keys()):
        if name not in found:
            return f"{name} is missing"
        if name not in signed:
            return f"{name} was added"
        if signed[name] != found[name]:
            return f"{name} was changed"
    return ""


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)
