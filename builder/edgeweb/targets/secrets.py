"""Takes out of what other programs and libraries say whatever may be a secret, before anybody reads it."""

from __future__ import annotations

import os
import re

_NAMED = re.compile(
    r"TOKEN|SECRET|PASS(WORD|WD|PHRASE)|(^|_)KEY(_|$|ID)|CREDENTIAL|(^|_)SAS(_|$)|SIGNATURE|CONNECTION_STRING"
)
# Shorter ones are words such as `true`, which would be taken out of every sentence.
_SHORTEST = 6
_USER = re.compile(r"(?<=://)[^/\s@]+@")
_HEADER = re.compile(r"(?i)\b(authorization:\s*\w+|bearer|basic)\s+\S+")
# A signed address of an object store.
_QUERY = re.compile(r"(?i)\b(sig|signature|token|credential|x-amz-[a-z-]+)=[^&\s\"']+")


def hidden(text: str) -> str:
    """The same without the values of variables that hold secrets by their names, and what stands where secrets do."""
    for value in sorted(_values(), key=len, reverse=True):
        text = text.replace(value, "***")
    text = _USER.sub("***@", text)
    text = _HEADER.sub(lambda found: f"{found[1]} ***", text)
    return _QUERY.sub(lambda found: f"{found[1]}=***", text)


def _values() -> set[str]:
    return {
        value for name, value in os.environ.items() if _NAMED.search(name.upper()) and len(value.strip()) >= _SHORTEST
    }
