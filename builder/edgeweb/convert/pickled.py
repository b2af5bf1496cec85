"""Pickles, as joblib and Python write them: read for those alone who say that they trust the author."""

from __future__ import annotations

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse
from edgeweb.read.formats import foreign

_SUFFIXES = (".pkl", ".pickle", ".joblib")
# As joblib compresses: zlib, gzip, bzip2, xz and LZMA, LZ4.
_PACKED = (b"\x78", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x5d\x00\x00", b"\x04\x22\x4d\x18")


def _recognises(seen: Glimpse) -> bool:
    """By its name, where its bytes are those of a pickle or of a packed one; PyTorch's are another format's."""
    if seen.suffix in _SUFFIXES and seen.head.startswith(_PACKED):
        return True
    found = foreign.identify(seen.head, seen.tail)
    return found is not None and found.what == foreign.PICKLE


FORMAT = Format("pickled", "a Python pickle", (libraries.SKLEARN, libraries.SKL2ONNX), _recognises, executes=True)
