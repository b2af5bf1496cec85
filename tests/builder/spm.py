"""Files of SentencePiece, as small as they can be."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def field(number: int, value: bytes | int) -> bytes:
    """A number below 128, or bytes as few."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def file(pieces: Sequence[tuple[str, float, int]], kind: int = 1) -> bytes:
    """`pieces`: texts with their scores and kinds; `kind`: of the model."""
    found = (
        field(1, text.encode()) + bytes([2 << 3 | 5]) + struct.pack("<f", score) + field(3, of)
        for text, score, of in pieces
    )
    return b"".join([*(field(1, piece) for piece in found), field(2, field(3, kind)), field(3, field(3, 1))])
