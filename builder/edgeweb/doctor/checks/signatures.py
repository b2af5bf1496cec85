"""edgeweb.sig and channels.json: that they are signed by a key that the manifest names."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from edgeweb.doctor.asking import Ask
from edgeweb.doctor.common import Check, Finding
from edgeweb.doctor.folder import Folder
from edgeweb.doctor.visit import MANIFEST, Visit

SIGNATURE, KEYS, CHANNELS = "edgeweb.sig", "signers.pem", "channels.json"
_CHANNELS_TYPE = b"application/vnd.edgeweb.channels+json"
_REFUSED = "Browsers that know the site refuse this release, and stay with the one they have"
Read = Callable[[str], bytes | None]


class _Unsigned(Exception):
    """Why it does not hold."""


def _of_host(visit: Visit) -> Iterator[Finding]:
    def read(name: str) -> bytes | None:
        found = visit.client.ask(Ask(name, keep=True))
        return found.body if found.status == 200 and found.media_type != "text/html" else None

    yield from _judged(visit.text, read, visit.mend("deploy"))


def _of_folder(folder: Folder) -> Iterator[Finding]:
    yield from _judged(folder.text, folder.read, "Sign it again: edgeweb sign DIR --key KEY.pem")


def _judged(text: bytes, read: Read, mend: str) -> Iterator[Finding]:
    signers = json.loads(text).get("signers")
    if not signers:
        yield Finding("skipped", "the manifest names no signers")
        return
    try:
        import cryptography  # noqa: F401
    except ImportError:
        what = "the manifest names signers, and cryptography is not installed here to check them"
        yield Finding("skipped", what, "", "pip install 'edgeweb[sign]'")
        return
    try:
        _check(text, list(signers), read)
        _check_channels(list(signers), read)
    except _Unsigned as error:
        yield Finding("fail", str(error), _REFUSED, mend)


def _check(text: bytes, signers: list[str], read: Read) -> None:
    keys, bundle = read(KEYS), read(SIGNATURE)
    if keys is None or bundle is None:
        raise _Unsigned(f"{KEYS if keys is None else SIGNATURE} is not there, and the manifest names signers")
    try:
        envelope = json.loads(bundle)["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        kind = str(envelope["payloadType"]).encode()
        signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
        resources = {each["name"]: each["digest"] for each in json.loads(payload)["predicate"]["resources"]}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _Unsigned(f"{SIGNATURE} is not a signature of a site") from error
    if not _signed(keys, signers, signature, kind, payload):
        raise _Unsigned(f"{SIGNATURE} is not by a key that the manifest names")
    if resources.get(MANIFEST) != hashlib.sha256(text).hexdigest():
        raise _Unsigned(f"{SIGNATURE} is of another release than {MANIFEST}")


def _check_channels(signers: list[str], read: Read) -> None:
    """It holds its own signature, which is of its text with an empty one."""
    keys, text = read(KEYS), read(CHANNELS)
    if keys is None or text is None:
        return
    try:
        value = str(json.loads(text).get("signature", ""))
        signature = base64.b64decode(value, validate=True)
    except (ValueError, AttributeError) as error:
        raise _Unsigned(f"{CHANNELS} holds no signature that can be read") from error
    payload = text.replace(f'"signature": "{value}"'.encode(), b'"signature": ""', 1)
    if not value or not _signed(keys, signers, signature, _CHANNELS_TYPE, payload):
        raise _Unsigned(f"{CHANNELS} is not signed by a key that the manifest names")


def _signed(keys: bytes, signers: list[str], signature: bytes, kind: bytes, payload: bytes) -> bool:
    """By any of the keys that are named, over DSSE's form of the bytes."""
    form = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    return any(_holds(pem, signers, signature, form) for pem in _blocks(keys))


def _blocks(keys: bytes) -> list[bytes]:
    end = b"-----END PUBLIC KEY-----"
    return [part.strip() + b"\n" + end + b"\n" for part in keys.split(end)[:-1]]


def _holds(pem: bytes, signers: list[str], signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key: Any = serialization.load_pem_public_key(pem)
    except ValueError:
        return False
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    spki = key.public_bytes(serialization.Encoding.DER, form)
    if hashlib.sha256(spki).hexdigest() not in signers or not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    digests = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
    try:
        key.verify(signature, signed, ec.ECDSA(digests[key.curve.key_size]))
    except (InvalidSignature, KeyError):
        return False
    return True


CHECKS = (Check("signature", "the release is signed by a key that it names", _of_host, _of_folder),)
