"""Whether the best class stays the same, for outputs that are scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.search.measures.common import Output, comparable, rows

NAME = "top-1"


def fits(output: Output) -> bool:
    """Scores of two classes at least."""
    return output.scores and output.real and all(a.size >= 2 for a, _ in output.pairs)


def values(output: Output) -> list[float]:
    """The share of each sample's rows with the same best class."""
    return [_same_best(a, b) for a, b in output.pairs]


def accuracy(answers: Sequence[Array | None], labels: Sequence[int]) -> float:
    """The share of samples whose best class, in every row, is the right one."""
    right = [
        answer is not None
        and answer.size > 0
        and not np.isnan(answer).any()
        and bool((rows(answer).argmax(axis=1) == label).all())
        for answer, label in zip(answers, labels, strict=True)
    ]
    return float(np.mean(right))


def _same_best(a: Array, b: Array | None) -> float:
    """The share of rows with the same best class; among equals of the reference any is right."""
    if b is None or not comparable(a, b):
        return 0.0
    own = rows(a)
    best, found = own.max(axis=1), own[np.arange(len(own)), rows(b).argmax(axis=1)]
    return float(np.mean((found == best) | np.isnan(best)))
