"""Keras: .keras, which is a zip, and .h5, as HDF5 of earlier releases."""

from __future__ import annotations

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse

_HDF5 = b"\x89HDF\r\n\x1a\n"
_PARTS = (b"config.json", b"model.weights.h5")


def _recognises(seen: Glimpse) -> bool:
    if seen.head.startswith(b"PK\x03\x04"):
        return seen.suffix == ".keras" or all(name in seen.tail or name in seen.head for name in _PARTS)
    return seen.head.startswith(_HDF5)


FORMAT = Format(
    "keras",
    "a Keras model",
    (libraries.KERAS, libraries.TENSORFLOW, libraries.TF2ONNX),
    _recognises,
    instead=(libraries.KERAS, libraries.TORCH, libraries.ONNXSCRIPT),
)
