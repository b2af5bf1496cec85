"""skops' files of scikit-learn's estimators: a zip with a description of types, which runs no code by itself."""

from __future__ import annotations

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse


def _recognises(seen: Glimpse) -> bool:
    return seen.head.startswith(b"PK\x03\x04") and b"schema.json" in seen.head + seen.tail and seen.suffix != ".onnx"


FORMAT = Format(
    "skops", "a skops file of scikit-learn", (libraries.SKLEARN, libraries.SKL2ONNX, libraries.SKOPS), _recognises
)
