"""Signatures, by a library that only edgeweb[sign] brings: what holds, and each way in which it does not."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from edgeweb.doctor.checks import signatures
from edgeweb.doctor.common import Finding

pytest.importorskip("cryptography")
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

KIND = "application/vnd.in-toto+json"
Files = dict[str, bytes]


def pem(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    found: bytes = key.public_key().public_bytes(serialization.Encoding.PEM, form)
    return found


def fingerprint(key: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_key().public_bytes(serialization.Encoding.DER, form)).hexdigest()


def signed(text: bytes, key: Any, digest: Any) -> bytes:
    resources = [{"name": "edgeweb.json", "digest": hashlib.sha256(text).hexdigest(), "algorithm": "sha256"}]
    payload = json.dumps({"predicate": {"resources": resources}}).encode()
    pae = b"DSSEv1 %d %s %d %s" % (len(KIND), KIND.encode(), len(payload), payload)
    signature = key.sign(pae, ec.ECDSA(digest))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": KIND,
        "signatures": [{"sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps({"dsseEnvelope": envelope}).encode()


def looked(text: bytes, files: Mapping[str, bytes]) -> list[Finding]:
    return list(signatures._judged(text, files.get, "sign it again"))


CURVES = [(ec.SECP256R1(), hashes.SHA256()), (ec.SECP384R1(), hashes.SHA384()), (ec.SECP521R1(), hashes.SHA512())]


@pytest.mark.parametrize(("curve", "digest"), CURVES)
def test_a_signature_by_a_key_that_is_named_holds(curve: Any, digest: Any) -> None:
    key, other = ec.generate_private_key(curve), ec.generate_private_key(curve)
    text = json.dumps({"signers": [fingerprint(key)]}).encode()
    files = {"signers.pem": pem(other) + pem(key), "edgeweb.sig": signed(text, key, digest)}
    assert looked(text, files) == []


def of_another(key: Any, other: Any, text: bytes, files: Files) -> Files:
    return {**files, "edgeweb.sig": signed(text, other, hashes.SHA256())}


def of_another_release(key: Any, other: Any, text: bytes, files: Files) -> Files:
    return {**files, "edgeweb.sig": signed(text + b" ", key, hashes.SHA256())}


def altered(key: Any, other: Any, text: bytes, files: Files) -> Files:
    bundle = json.loads(files["edgeweb.sig"])
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"]) + b" "
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    return {**files, "edgeweb.sig": json.dumps(bundle).encode()}


def nonsense(key: Any, other: Any, text: bytes, files: Files) -> Files:
    return {**files, "edgeweb.sig": b'{"dsseEnvelope": 1}'}


def without_keys(key: Any, other: Any, text: bytes, files: Files) -> Files:
    return {"edgeweb.sig": files["edgeweb.sig"]}


def unsigned(key: Any, other: Any, text: bytes, files: Files) -> Files:
    return {"signers.pem": files["signers.pem"]}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (of_another, "not by a key that the manifest names"),
        (of_another_release, "of another release"),
        (altered, "not by a key that the manifest names"),
        (nonsense, "not a signature of a site"),
        (without_keys, "signers.pem is not there"),
        (unsigned, "edgeweb.sig is not there"),
    ],
)
def test_what_does_not_hold_is_told_how(damage: Callable[..., Files], words: str) -> None:
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    text = json.dumps({"signers": [fingerprint(key)]}).encode()
    files = {"signers.pem": pem(key) + pem(other), "edgeweb.sig": signed(text, key, hashes.SHA256())}
    (found,) = looked(text, damage(key, other, text, files))
    assert (found.state, found.mend) == ("fail", "sign it again")
    assert words in found.what


def channels(key: Any) -> bytes:
    """Signed as `edgeweb release` does it: over the text with an empty signature."""
    blank = json.dumps({"format": 1, "number": 3, "signature": ""}, indent=1).encode()
    kind = b"application/vnd.edgeweb.channels+json"
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(blank), blank)
    value = base64.b64encode(key.sign(pae, ec.ECDSA(hashes.SHA256())))
    return blank.replace(b'"signature": ""', b'"signature": "' + value + b'"')


def test_channels_have_to_be_signed_too() -> None:
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    text = json.dumps({"signers": [fingerprint(key)]}).encode()
    files = {"signers.pem": pem(key) + pem(other), "edgeweb.sig": signed(text, key, hashes.SHA256())}
    good = channels(key)
    assert looked(text, {**files, "channels.json": good}) == []
    bad = [channels(other), good.replace(b'"number": 3', b'"number": 2'), b'{"format": 1}', b'{"signature": "!"}']
    for each in bad:
        (found,) = looked(text, {**files, "channels.json": each})
        assert found.state == "fail" and "channels.json" in found.what


def test_a_site_without_signers_is_not_looked_at() -> None:
    (found,) = looked(b"{}", {})
    assert found.state == "skipped"
