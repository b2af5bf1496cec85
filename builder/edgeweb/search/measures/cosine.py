"""The cosine between answers, where they have a direction; otherwise how large the difference is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from edgeweb.inputs.golden import COSINE_FROM, Array
from edgeweb.search.measures.common import NOISE, NOISE_FLOOR, Output, Pair, comparable, pooled, vectors

NAME = "cosine"

# Values that differ by less than this part of their size have no direction: their size is compared.
_CONSTANT = 1e-3
# As much for single values over all samples: with less spread than this, how they vary says nothing.
_SPREAD = 1e-2


def fits(output: Output) -> bool:
    """Floats."""
    return output.real


def values(output: Output) -> list[float]:
    """The likeness of each sample; one figure for all where a sample is a single value, which has no direction."""
    return _cosines(output.pairs)


def _cosines(pairs: Sequence[Pair]) -> list[float]:
    if all(a.size == 1 for a, _ in pairs):
        if not all(comparable(a, b) for a, b in pairs):
            # What is missing counts as 0, and the rest as it is.
            rest = [(a, b) for a, b in pairs if comparable(a, b)]
            return [0.0] * (len(pairs) - len(rest)) + (_cosines(rest) * len(rest) if rest else [])
        x, y = pooled(pairs)
        return [_alike_values(x, y)]
    # The median: a sample that is far larger than the others does not make noise of them.
    sizes = [np.abs(x).max() for x, _ in (vectors(a, None) for a, _ in pairs) if x.size]
    noise = max(NOISE * float(np.median(sizes)) if sizes else 0.0, NOISE_FLOOR)
    return [_alike(*vectors(a, b), noise) if comparable(a, b) else 0.0 for a, b in pairs]


def _alike(x: Array, y: Array, noise: float) -> float:
    """The cosine, but for vectors that have no direction: of noise, or of one value throughout."""
    if x.size == 0 or max(np.abs(x).max(), np.abs(y).max()) <= noise:
        return 1.0
    if np.ptp(x) <= _CONSTANT * np.abs(x).max():
        return _relative(x, y)
    return _cosine(x, y)


def _alike_values(x: Array, y: Array) -> float:
    """The likeness of single values over many samples: their cosine, and how well they follow the reference's changes.

    All prices around 200 have a cosine near 1. So the error is also set against their spread: 1 - e^2 / (2 * s^2),
    which is what the cosine is for small errors, with the values counted from their mean.
    """
    if x.size == 0 or max(np.abs(x).max(), np.abs(y).max()) <= NOISE_FLOOR:
        return 1.0
    scale = np.abs(x).max() or 1.0
    x, y = x / scale, y / scale
    spread = float(np.std(x))
    if x.size < COSINE_FROM or spread <= _SPREAD * math.sqrt(float(np.mean(x * x))):
        return _relative(x, y)
    error = float(np.mean((x - y) ** 2))
    return max(0.0, min(_cosine(x, y), 1 - error / (2 * spread**2)))


def _relative(x: Array, y: Array) -> float:
    """1 - the root mean square error as part of the reference's root mean square, not below 0."""
    scale = np.abs(x).max()
    if scale == 0:
        return 0.0
    error = np.linalg.norm((x - y) / scale) / np.linalg.norm(x / scale)
    return float(np.clip(1 - error, 0.0, 1.0))


def _cosine(x: Array, y: Array) -> float:
    """Scaled first, so that no square overflows; 0 when one of them is zero."""
    largest = np.abs(x).max(), np.abs(y).max()
    if min(largest) == 0:
        return 0.0
    if np.array_equal(x, y):
        return 1.0
    x, y = x / largest[0], y / largest[1]
    return float(np.clip(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), 0.0, 1.0))
