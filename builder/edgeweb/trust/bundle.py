"""`edgeweb.sig`: OpenSSF model signing over a folder, as a Sigstore bundle, which its own tools verify too.

The format is small and this writes it directly: the library that goes with it brings a hundred megabytes, most of which
are for keys that a certificate authority hands out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edgeweb.errors import SiteError
from edgeweb.trust.keys import PrivateKey, PublicKey
from edgeweb.trust.whole import digest

FILE = "edgeweb.sig"
_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PAYLOAD_TYPE = "application/vnd.in-toto+json"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://model_signing/signature/v1.0"
# What git and GitHub keep in a folder, which model signing leaves out unless it is told otherwise.
_IGNORED = (".git", ".gitattributes", ".github", ".gitignore")


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a folder by its path, but for its signature and what git keeps."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_symlink():
            raise SiteError(
                f"{path} is a link", "no build writes one, and no signature is over it", "Build the site again"
            )
        if path.is_file() and name.parts[0] not in _IGNORED and name.as_posix() != FILE:
            found[name.as_posix()] = digest(path)
    return found


def signed(name: str, found: Mapping[str, str], key: PrivateKey) -> bytes:
    """The bundle over files with these digests."""
    payload = json.dumps(_statement(name, found), indent=2).encode()
    envelope = {
        "payload": _base64(payload),
        "payloadType": _PAYLOAD_TYPE,
        "signatures": [{"sig": _base64(key.signs(_PAYLOAD_TYPE, payload)), "keyid": ""}],
    }
    # As model signing names a key: by the PEM, not by the DER.
    hint = hashlib.sha256(key.public.pem).hexdigest()
    material = {"publicKey": {"hint": hint}, "tlogEntries": []}
    return json.dumps({"mediaType": _MEDIA_TYPE, "verificationMaterial": material, "dsseEnvelope": envelope}).encode()


def _statement(name: str, found: Mapping[str, str]) -> dict[str, Any]:
    order = sorted(found)
    whole = hashlib.sha256(b"".join(bytes.fromhex(found[each]) for each in order)).hexdigest()
    resources = [{"name": each, "algorithm": "sha256", "digest": found[each]} for each in order]
    serialization = {
        "method": "files", "hash_type": "sha256", "allow_symlinks": False, "ignore_paths": [FILE, *_IGNORED]
    }  # fmt: skip
    return {
        "_type": _STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": whole}}],
        "predicateType": _PREDICATE,
        "predicate": {"resources": resources, "serialization": serialization},
    }


def opened(data: bytes, trusted: Sequence[PublicKey]) -> tuple[dict[str, str], PublicKey] | None:
    """The digests that one of these keys has signed, and which it was; None where none has, or this is no bundle."""
    try:
        found = json.loads(data)
        envelope = found["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(each["sig"], validate=True) for each in envelope["signatures"]]
        kinds = found["mediaType"], envelope["payloadType"]
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError):
        return None
    if kinds != (_MEDIA_TYPE, _PAYLOAD_TYPE):
        return None
    pairs = ((key, signature) for key in trusted for signature in signatures)
    signer = next((key for key, signature in pairs if key.checks(signature, _PAYLOAD_TYPE, payload)), None)
    resources = None if signer is None else _resources(payload)
    return None if signer is None or resources is None else (resources, signer)


def _resources(payload: bytes) -> dict[str, str] | None:
    try:
        found = json.loads(payload)
        if (found["_type"], found["predicateType"]) != (_STATEMENT, _PREDICATE):
            return None
        each = found["predicate"]["resources"]
        resources = {one["name"]: one["digest"] for one in each if one["algorithm"] == "sha256"}
        texts = all(isinstance(text, str) for pair in resources.items() for text in pair)
        # As browsers have it: who names a file twice says nothing of it.
        return resources if texts and len(resources) == len(each) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
