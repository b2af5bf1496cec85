"""Content codings, taken off piece by piece, so that no answer has to fit into memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

import brotli

KNOWN = ("br", "gzip")
# What one step gives at most: a few bytes can stand for gigabytes.
_PIECE = 1 << 18


class UndecodableError(Exception):
    """The bytes are not of that coding."""


class Decoder(Protocol):
    """Takes one coding off."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What these bytes stand for."""

    def whole(self) -> bool:
        """Whether they came to their end."""


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        try:
            if self._inner.is_finished():
                raise UndecodableError("there are more bytes behind its end")
            found = self._inner.process(data, output_buffer_limit=_PIECE)
            while found or not self._inner.can_accept_more_data():
                yield found
                found = self._inner.process(b"", output_buffer_limit=_PIECE)
        except brotli.error as error:
            raise UndecodableError("its bytes are not brotli") from error

    def whole(self) -> bool:
        return bool(self._inner.is_finished())


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        try:
            if self._inner.eof and data:
                raise UndecodableError("there are more bytes behind its end")
            while data:
                found = self._inner.decompress(data, _PIECE)
                if found:
                    yield found
                data = self._inner.unconsumed_tail
        except zlib.error as error:
            raise UndecodableError("its bytes are not gzip") from error

    def whole(self) -> bool:
        return self._inner.eof


class Chain:
    """Takes several codings off, the last that was put on first; none where `codings` is empty."""

    def __init__(self, codings: Sequence[str]) -> None:
        unknown = [coding for coding in codings if coding not in KNOWN]
        if unknown:
            raise UndecodableError(f"its encoding is {unknown[0]!r}, which was not asked for")
        self._decoders: list[Decoder] = [_Brotli() if coding == "br" else _Gzip() for coding in reversed(codings)]

    def pieces(self, data: bytes, first: int = 0) -> Iterator[bytes]:
        """What these bytes stand for; UndecodableError where they are not of the coding."""
        if first == len(self._decoders):
            yield data
            return
        for piece in self._decoders[first].pieces(data):
            yield from self.pieces(piece, first + 1)

    def close(self) -> None:
        """UndecodableError where the end is missing."""
        if not all(decoder.whole() for decoder in self._decoders):
            raise UndecodableError("it ends too early")


def named(value: str) -> tuple[str, ...]:
    """The codings that a Content-Encoding names, in the order in which they were put on."""
    words = (word.strip().lower() for word in value.split(","))
    return tuple("gzip" if word == "x-gzip" else word for word in words if word and word != "identity")
