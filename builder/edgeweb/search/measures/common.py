"""What a measure of likeness is, and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from edgeweb.inputs.golden import Array

# Below this part of what an output usually holds, and below this at all, a value is rounding noise.
NOISE, NOISE_FLOOR = 1e-6, 1e-7

# The reference's answer, and the other form's, where it has one.
Pair = tuple[Array, Array | None]


@dataclass(frozen=True)
class Output:
    """What both forms answered at one output, a pair for each sample.

    `scores`: whether rows of one score for each class are expected there.
    """

    pairs: Sequence[Pair]
    scores: bool = False

    @property
    def real(self) -> bool:
        """Whether the reference gives floats."""
        return all(a.dtype.kind == "f" for a, _ in self.pairs)


class Measure(Protocol):
    """A module beside this one, which `measures.py` lists."""

    # As messages and the report have it.
    NAME: str

    def fits(self, output: Output, /) -> bool:
        """Whether it says something about such an output."""

    def values(self, output: Output, /) -> list[float]:
        """From 0, nothing alike, to exactly 1, the same: a figure for each sample, or one for all that count together.

        An answer that is missing, or cannot be compared, counts as 0.
        """


def rows(array: Array) -> Array:
    """[N, C], [N, C, 1, 1], [C], or [1, tokens, C] as rows of scores."""
    if array.ndim == 3 and array.shape[2] > 1:
        return array.reshape(-1, array.shape[2]).astype(np.float64)
    return array.reshape(array.shape[0] if array.ndim > 1 else 1, -1).astype(np.float64)


def comparable(a: Array, b: Array | None) -> bool:
    """Whether there is an answer, of the same shape and not finite just where the reference is not."""
    if b is None or a.shape != b.shape or b.dtype.kind != "f":
        return False
    off = ~(np.isfinite(a) & np.isfinite(b))
    return bool(np.array_equal(a[off], b[off], equal_nan=True))


def vectors(a: Array, b: Array | None) -> tuple[Array, Array]:
    """The finite elements in float64; an answer that cannot be compared is one of zeros."""
    x = a.astype(np.float64).ravel()
    finite = np.isfinite(x)
    if b is None or not comparable(a, b):
        return x[finite], np.zeros(int(finite.sum()))
    return x[finite], b.astype(np.float64).ravel()[finite]


def pooled(pairs: Sequence[Pair]) -> tuple[Array, Array]:
    """The finite elements of all samples as one vector each."""
    found = [vectors(a, b) for a, b in pairs]
    return np.concatenate([x for x, _ in found]), np.concatenate([y for _, y in found])
