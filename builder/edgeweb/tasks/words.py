"""The words of a name that an exporter has given to an output."""

from __future__ import annotations

import re

# Capitals begin one.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def of(name: str) -> list[str]:
    """In small letters, in their order."""
    return [word.lower() for word in _WORD.findall(name)]
