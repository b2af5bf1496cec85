"""Who signed a site, a folder of releases, or what a host serves, and whether it is still what they signed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from edgeweb import manifest
from edgeweb.errors import LimitError, SiteError
from edgeweb.manifest import Manifest
from edgeweb.release import channels, files
from edgeweb.trust import bundle, sealed, site, sources, whole
from edgeweb.trust.site import Verdict
from edgeweb.trust.sources import Source

_MANIFEST = "edgeweb.json"
_ASK = "Do not use it, and ask whoever made it"


def verify(where: str | Path, key: str | Path | None = None) -> Verdict:
    """Check signatures, and every file against them.

    Args:
        where: a site's folder, a folder of releases (each of them is checked, and the channel file), or the address
            of a host that serves one.
        key: a PEM file of the public keys to trust; without one, those that each site itself names.

    Raises:
        LimitError: a release is not signed, by another key, or a file differs.
        SiteError: there is no site, or the host does not answer.
    """
    if not sources.is_address(where) and not (Path(where) / channels.FILE).is_file():
        return site.verify(where, key)
    with whole.told(where), sources.opened(where) as source:
        text = source.read(channels.FILE)
        root = _read(source, "")
        verdict = _checked(source, root, key)
        return verdict if text is None else replace(verdict, releases=_releases(source, text, root, key))


@dataclass(frozen=True)
class _Release:
    """What says what a release is. `own`: the folder of its own files; its assets lie at the root."""

    own: str
    where: str
    about: Manifest
    text: bytes
    pem: bytes


def _read(source: Source, own: str) -> _Release:
    where = f"{source.where}{'' if source.where.endswith('/') else '/'}{own}"
    text = source.read(f"{own}{_MANIFEST}")
    if text is None:
        why = f"there is no {own}{_MANIFEST}"
        raise SiteError(f"{source.where} is not a site", why, "Give the address or folder where it lies")
    about = manifest.decode(text, f"{where}{_MANIFEST}")
    return _Release(own, where, about, text, source.read(f"{own}{site.KEYS}") or b"")


def _releases(source: Source, text: bytes, root: _Release, key: str | Path | None) -> tuple[Verdict, ...]:
    """The releases below the root, and the file that says who gets which."""
    found = channels.decode(text, channels.FILE)
    if found.stable != root.about.release:
        why = f"{channels.FILE} names {found.stable} as stable, and the root is {root.about.release}"
        raise LimitError(f"{source.where} is of two releases", why, "Deploy it again, whole")
    if not sealed.holds(text, site.trusted(root.where, root.about, root.pem, key)):
        why = f"no key that {'you named' if key is not None else 'the stable release names'} has signed it as it is"
        raise LimitError(f"The signature of {channels.FILE} does not hold", why, _ASK)
    there = {name.split("/")[0] for name in source.below(files.RELEASES) if name.endswith(f"/{_MANIFEST}")}
    checked = []
    for name in sorted({*there, *found.named()}):
        each = _read(source, f"{files.RELEASES}/{name}/")
        if each.about.release != name:
            raise LimitError(f"{each.where} is not what was signed", f"it is release {each.about.release}", _ASK)
        checked.append(_checked(source, each, key))
    return tuple(checked)


def _checked(source: Source, release: _Release, key: str | Path | None) -> Verdict:
    """One release: its signature, its manifest, and every file of it that can be read here."""
    own = release.own
    signature = source.read(f"{own}{bundle.FILE}") or b""
    signed, signer = site.opened(release.where, release.about, signature, release.pem, key)
    wanted = {name: file.bytes for name, file in release.about.files.items()}
    if source.lists:
        # Hosts keep some files to themselves, such as _headers; a folder has them all. The copy of a manifest by the
        # plan of its page is that of the release which came last.
        more = (name for name in signed if name != _MANIFEST and not fnmatchcase(name, site.COPIES))
        wanted = {**dict.fromkeys(more, 0), **wanted}
    found = source.digests({_placed(own, name): size for name, size in wanted.items()})
    digests = {name: found[_placed(own, name)] for name in wanted if _placed(own, name) in found}
    digests[_MANIFEST] = hashlib.sha256(release.text).hexdigest()
    # At the root is also what belongs to others: the releases, a CNAME.
    added = set(source.below(own) if own else ()) - signed.keys() - {bundle.FILE}
    fault = site.difference({name: signed.get(name, "") for name in (_MANIFEST, *wanted)}, digests)
    fault = fault or (f"{min(added)} was added" if added else "")
    if fault:
        raise LimitError(f"{release.where} is not what was signed", fault, _ASK)
    return Verdict(release.about.release, signer.id, len(digests), key is not None, len(signed) - len(digests))


def _placed(own: str, name: str) -> str:
    return name if name.startswith(f"{files.ASSETS}/") else f"{own}{name}"
