"""CatBoost's own files, .cbm, which it exports to ONNX by itself."""

from __future__ import annotations

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse


def _recognises(seen: Glimpse) -> bool:
    return seen.head.startswith(b"CBM1")


FORMAT = Format("catboost", "a CatBoost model", (libraries.CATBOOST, libraries.ONNX), _recognises)
