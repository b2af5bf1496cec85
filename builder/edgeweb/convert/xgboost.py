"""XGBoost's own files: .json, and .ubj, which is the same in binary."""

from __future__ import annotations

import re

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse

# {"learner":{"attributes": ... or, first, "version"; in UBJSON each name stands behind its length.
_JSON = re.compile(
    rb"\s*\{\s*\"(learner\"\s*:\s*\{|version\"\s*:\s*\[\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\]\s*,\s*\"learner\")"
)
_BINARY = re.compile(rb"\{(L.{7}\x07learner\{|i\x07learner\{|L.{7}\x07version\[)", re.DOTALL)


def _recognises(seen: Glimpse) -> bool:
    return bool(_JSON.match(seen.head) or _BINARY.match(seen.head))


FORMAT = Format(
    "xgboost", "an XGBoost model", (libraries.XGBOOST, libraries.ONNXMLTOOLS, libraries.SKL2ONNX), _recognises
)
