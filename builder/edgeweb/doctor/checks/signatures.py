"""edgeweb.sig and channels.json: that they are signed by a key that the manifest names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from edgeweb.doctor.asking import Ask
from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.folder import Folder
from edgeweb.doctor.visit import MANIFEST, Visit
from edgeweb.errors import UsageError
from edgeweb.manifest import Manifest
from edgeweb.release import channels
from edgeweb.trust import bundle, keys, sealed, site
from edgeweb.trust.keys import PublicKey

_REFUSED = "Browsers that know the site refuse this release, and stay with the one they have"
_DISOBEYED = "Browsers obey it no more, and stay with the release they have"
Read = Callable[[str], bytes | None]


def _of_host(visit: Visit) -> Iterator[Finding]:
    def read(name: str) -> bytes | None:
        found = visit.client.ask(Ask(name, keep=True))
        return found.body if found.status == 200 and found.media_type != "text/html" else None

    yield from _judged(visit.manifest, visit.text, read, visit.mend("deploy"))


def _of_folder(folder: Folder) -> Iterator[Finding]:
    yield from _judged(folder.manifest, folder.text, folder.read, "Sign it again: edgeweb sign DIR --key KEY.pem")


def _judged(about: Manifest, text: bytes, read: Read, mend: str) -> Iterator[Finding]:
    if not about.signers:
        yield Finding("skipped", "the manifest names no signers")
        return
    try:
        trusted = keys.named(read(site.KEYS) or b"", site.KEYS, about.signers)
    except UsageError as error:
        if "library" in error.why:
            yield Finding(
                "skipped", f"the manifest names signers, and {error.why[0].lower()}{error.why[1:]}", "", error.hint
            )
        else:
            what = f"the manifest names signers, and {site.KEYS} has no key that can be read"
            yield Finding("fail", what, _REFUSED, mend)
        return
    fault = _fault(about, text, read(bundle.FILE), trusted)
    if fault:
        yield Finding("fail", fault, _REFUSED, mend)
    said = read(channels.FILE)
    if said is not None and not sealed.holds(said, trusted):
        what = f"{channels.FILE} is not signed by a key that the stable release names"
        yield Finding("fail", what, _DISOBEYED, "Sign it: edgeweb release promote ID --key KEY.pem, and deploy again")


def _fault(about: Manifest, text: bytes, signature: bytes | None, trusted: list[PublicKey]) -> str:
    """What does not hold. What hosts keep to themselves is signed as well, so only files of the site are compared."""
    if not trusted:
        return f"{site.KEYS} has none of the keys that the manifest names"
    if signature is None:
        return f"{bundle.FILE} is not there, and the manifest names signers"
    opened = bundle.opened(signature, trusted)
    if opened is None:
        return f"{bundle.FILE} holds no signature by a key that the manifest names"
    signed, _ = opened
    if signed.get(MANIFEST) != hashlib.sha256(text).hexdigest():
        return f"{bundle.FILE} is of another release than {MANIFEST}"
    other = [path for path, entry in about.files.items() if signed.get(path) != entry.sha256]
    return f"{several(other)}: not as it was signed" if other else ""


CHECKS = (Check("signature", "the release is signed by a key that it names", _of_host, _of_folder),)
