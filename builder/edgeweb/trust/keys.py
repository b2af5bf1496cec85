"""Keys that sign and keys that check: elliptic curves, which browsers and OpenSSF model signing both know."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeweb.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

# By the name that cryptography has for the curve; the hash is the one that DSSE signatures of such a key are made with.
_HASHES = {"secp256r1": "SHA256", "secp384r1": "SHA384", "secp521r1": "SHA512"}
_CURVES = "EC keys on P-256, P-384 or P-521"
_MAKE = "Make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem"
_BLOCK = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\s*", re.DOTALL)
_MOST_BYTES = 64 << 10
ENVIRONMENT = "env:"


@dataclass(frozen=True)
class PublicKey:
    """What checks a signature. `id`: as a manifest's `signers` names it, the SHA-256 of its DER."""

    key: ec.EllipticCurvePublicKey
    id: str
    pem: bytes

    def checks(self, signature: bytes, kind: str, payload: bytes) -> bool:
        """Whether this DER signature is of that payload, of a type as DSSE names it."""
        from cryptography.exceptions import InvalidSignature

        try:
            self.key.verify(signature, pae(kind, payload), _algorithm(self.key.curve.name))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class PrivateKey:
    """What signs. It never prints itself."""

    key: ec.EllipticCurvePrivateKey
    public: PublicKey

    def signs(self, kind: str, payload: bytes) -> bytes:
        """The DER signature of a payload; the same bytes every time (RFC 6979), as builds are the same."""
        return self.key.sign(pae(kind, payload), _algorithm(self.key.curve.name, deterministic=True))

    def __repr__(self) -> str:
        return f"PrivateKey({self.public.id[:16]})"


def pae(kind: str, payload: bytes) -> bytes:
    """What DSSE signs: the payload with its type and both lengths."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def private(where: str | Path) -> PrivateKey:
    """The key in a file, or in the environment (`env:NAME`), as PEM without a password.

    Raises:
        UsageError: there is none, or no browser could check what it signs.
    """
    crypto = _library()
    data, name = _text(where)
    try:
        found = crypto.load_pem_private_key(data, None)
    except TypeError:
        why = "it is kept with a password"
        raise UsageError(f"{name} cannot be used", why, "Give it without one: openssl pkey -in key.pem") from None
    except ValueError:
        public = b"PUBLIC KEY" in data
        why = "it is a public key, and a private one signs" if public else "it is no private key in PEM"
        raise UsageError(f"{name} cannot be used", why, _MAKE) from None
    _check_curve(found, name)
    return PrivateKey(found, _public(found.public_key()))


def public(where: str | Path) -> list[PublicKey]:
    """The keys in a file of PEM blocks, or in the environment.

    Raises:
        UsageError: there is none in it.
    """
    data, name = _text(where)
    if b"PRIVATE KEY" in data:
        why = "it is a private key, and a public one checks"
        raise UsageError(f"{name} cannot be used", why, "Make one of it: openssl pkey -in key.pem -pubout -out pub.pem")
    return parsed(data, name)


def parsed(data: bytes, name: str) -> list[PublicKey]:
    """The public keys of a text of PEM blocks; UsageError where there is none, or one of another kind."""
    crypto = _library()
    found = []
    for block in _BLOCK.findall(data):
        try:
            key = crypto.load_pem_public_key(block)
        except ValueError:
            raise UsageError(f"{name} cannot be read", "a key in it is damaged", _MAKE) from None
        _check_curve(key, name)
        found.append(_public(key))
    if not found:
        raise UsageError(f"{name} cannot be used", "there is no public key in PEM in it", _MAKE)
    return found


def named(data: bytes, name: str, signers: Sequence[str]) -> list[PublicKey]:
    """Those of the keys in a text that a manifest names, and no others."""
    return [each for each in parsed(data, name) if each.id in signers]


def _public(key: ec.EllipticCurvePublicKey) -> PublicKey:
    crypto = _library()
    form = crypto.PublicFormat.SubjectPublicKeyInfo
    der = key.public_bytes(crypto.Encoding.DER, form)
    return PublicKey(key, hashlib.sha256(der).hexdigest(), key.public_bytes(crypto.Encoding.PEM, form))


def pem(found: Sequence[PublicKey]) -> bytes:
    """The keys one after the other, each once."""
    return b"".join(dict.fromkeys(each.pem for each in found))


def _check_curve(key: Any, name: str) -> None:
    curve = getattr(getattr(key, "curve", None), "name", "")
    if curve not in _HASHES:
        kind = type(key).__name__.replace("PublicKey", "").replace("PrivateKey", "").strip("_")
        why = f"it is {curve or kind}, and browsers and model signing have {_CURVES} in common"
        raise UsageError(f"{name} cannot be used", why, _MAKE)


def _algorithm(curve: str, *, deterministic: bool = False) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.ECDSA(getattr(hashes, _HASHES[curve])(), deterministic_signing=deterministic)


def _text(where: str | Path) -> tuple[bytes, str]:
    """The PEM, and what it is called; never what it says."""
    if str(where).startswith(ENVIRONMENT):
        name = str(where).removeprefix(ENVIRONMENT)
        value = os.environ.get(name, "")
        if not value.strip():
            why = f"the environment has no {name}"
            raise UsageError(f"There is no key in {where}", why, f"Set it to the PEM: export {name}=...")
        # CI keeps secrets on one line.
        return value.replace("\\n", "\n").encode(), str(where)
    path = Path(where)
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES), str(path)
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"{path} cannot be read", why, "Name a PEM file, or env:NAME") from error


def _library() -> Any:
    try:
        from cryptography.hazmat.primitives import serialization
    except ImportError as error:
        why = "signatures need the library cryptography"
        raise UsageError("It is not installed", why, 'Run: pip install "edgeweb[sign]"') from error
    return serialization
