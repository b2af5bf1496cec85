"""Signal to noise in dB: no share of agreement, but a limit of its own for inputs that say little."""

from __future__ import annotations

import math

import numpy as np

from edgeweb.search.measures.common import NOISE_FLOOR, Output, comparable, pooled


def fits(output: Output) -> bool:
    """Floats."""
    return output.real


def value(output: Output) -> float:
    """Over all samples, math.inf when they are the same; an answer that cannot be compared is all noise."""
    pairs = output.pairs
    x, y = pooled(pairs)
    if np.array_equal(x, y) and all(comparable(a, b) for a, b in pairs):
        return math.inf
    scale = max(float(np.abs(x).max(initial=0.0)), float(np.abs(x - y).max(initial=0.0)))
    if scale <= NOISE_FLOOR:
        return math.inf if all(comparable(a, b) for a, b in pairs) else 0.0
    signal, noise = (float(np.sum((values / scale) ** 2)) for values in (x, x - y))
    if signal == 0:
        return -math.inf
    return 10 * math.log10(signal / noise) if noise else math.inf
