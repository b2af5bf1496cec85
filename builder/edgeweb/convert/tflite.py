"""TensorFlow Lite, which is called LiteRT today: .tflite."""

from __future__ import annotations

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse


def _recognises(seen: Glimpse) -> bool:
    return seen.head[2:8] == b"\0\0TFL3"


FORMAT = Format("tflite", "a TensorFlow Lite model", (libraries.TENSORFLOW, libraries.TF2ONNX), _recognises)
