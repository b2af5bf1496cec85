"""A text that carries its own signature, such as `channels.json`: signed is the same text with an empty one."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

from edgeweb.trust.keys import PrivateKey, PublicKey

KIND = "application/vnd.edgeweb.channels+json"
# As msgspec writes it; inside a JSON string the quotes would be escaped, so nothing else can look like it.
_SIGNATURE = re.compile(rb'"signature": "([A-Za-z0-9+/=]*)"')


def signature(text: bytes, key: PrivateKey) -> str:
    """For a text whose signature is empty."""
    return base64.b64encode(key.signs(KIND, text)).decode()


def holds(text: bytes, trusted: Sequence[PublicKey]) -> bool:
    """Whether one of these keys signed the text."""
    found = _SIGNATURE.findall(text)
    if len(found) != 1:
        return False
    try:
        signed = base64.b64decode(found[0], validate=True)
    except binascii.Error:
        return False
    blank = _SIGNATURE.sub(b'"signature": ""', text)
    return any(key.checks(signed, KIND, blank) for key in trusted)
