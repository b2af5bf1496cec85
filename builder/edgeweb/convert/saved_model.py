"""TensorFlow's SavedModel: a folder with saved_model.pb."""

from __future__ import annotations

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse


def _recognises(seen: Glimpse) -> bool:
    exported = any(name.lower().endswith(".onnx") for name in seen.names)
    return "saved_model.pb" in seen.names and not exported


FORMAT = Format("saved_model", "a SavedModel of TensorFlow", (libraries.TENSORFLOW, libraries.TF2ONNX), _recognises)
