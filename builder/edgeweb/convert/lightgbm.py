"""LightGBM's own files: text that begins with "tree"."""

from __future__ import annotations

import re

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse

_BEGINS = re.compile(rb"tree\r?\nversion=v\d")


def _recognises(seen: Glimpse) -> bool:
    return bool(_BEGINS.match(seen.head))


FORMAT = Format(
    "lightgbm", "a LightGBM model", (libraries.LIGHTGBM, libraries.ONNXMLTOOLS, libraries.SKL2ONNX), _recognises
)
