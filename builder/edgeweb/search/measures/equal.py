"""The share of equal elements, for labels and texts: one is right or wrong."""

from __future__ import annotations

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.search.measures.common import Output

NAME = "equal"


def fits(output: Output) -> bool:
    """Whatever is no float."""
    return not output.real


def values(output: Output) -> list[float]:
    """The share of equal elements in each sample."""
    return [_equal(a, b) for a, b in output.pairs]


def _equal(a: Array, b: Array | None) -> float:
    if b is None or a.shape != b.shape or (a.dtype.kind in "OU") != (b.dtype.kind in "OU"):
        return 0.0
    if a.dtype.kind in "OU":
        a, b = a.astype(str), b.astype(str)
    return float(np.mean(a == b)) if a.size else 1.0
