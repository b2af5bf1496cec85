"""How often the best class changes, told from the errors of all answers, not only from the few that did change.

Of 300 inputs three may change at an agreement of 0.99. Of many trials one has three by luck. But every answer shows an
error, and every answer has a margin between its best class and the next: how often such errors exceed such margins is
known far better than three is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from edgeweb.inputs.golden import Array
from edgeweb.search.measures import common

Outputs = Sequence[Mapping[str, Array]]
# The classes next to the best one that could take its place.
_RIVALS = 4
# A margin meets the errors of answers with margins like its own: this part of them all, this many at least.
_WINDOW, _FEWEST = 4, 32
# Errors seen stand for others near them: each is spread by this part of their root mean square.
_BLUR = 0.3
# The smallest margins, this part of all and this many at least, are evened out.
_CLOSE, _FEWEST_CLOSE, _FINER = 10, 10, 8
_LEAST_PROBABILITY = 1e-30
# So many blurs beyond the largest error no chance is left: a millionth of a millionth.
_FAR = 6
# Errors that are looked at together: memory, not a result.
_AT_ONCE = 1 << 18


def expected(reference: Outputs, other: Outputs, scores: str, more: Outputs = ()) -> float:
    """The expected share of rows with the same best class; 0 where answers cannot be compared.

    Args:
        reference, other: the outputs by name for each sample.
        scores: the output that holds class scores, rows of one for each class.
        more: further answers of the reference: close calls are rare, so their margins count as well.
    """
    pairs = [(common.rows(a[scores]), common.rows(b[scores])) for a, b in zip(reference, other, strict=True)]
    if not pairs or any(a.shape != b.shape for a, b in pairs):
        return 0.0
    a, b = (np.concatenate(side) for side in zip(*pairs, strict=True))
    c = np.concatenate(
        [a, *(rows for rows in (common.rows(each[scores]) for each in more) if rows.shape[1] == a.shape[1])]
    )
    if a.shape[1] < 2 or not all(np.isfinite(each).all() for each in (a, b, c)):
        return 0.0
    if _are_probabilities(c):
        # Softmax squeezes the errors of what is certain; its logarithm shows them as they are.
        a, b, c = (np.log(np.maximum(each, _LEAST_PROBABILITY)) for each in (a, b, c))
    order = _ranking(a)
    (first, second), (best, next_) = (np.take_along_axis(each, order, axis=1)[:, :2].T for each in (a, b))
    margins = np.take_along_axis(c, _ranking(c), axis=1)
    gained = np.abs((next_ - second) - (best - first))
    rows, weights = _evened(margins[:, :1] - margins[:, 1:])
    return 1 - float((_changes(rows, first - second, gained) * weights).sum()) / len(margins)


def _are_probabilities(rows: NDArray[np.float64]) -> bool:
    return bool(rows.min(initial=0.0) >= 0 and np.allclose(rows.sum(axis=1), 1, atol=1e-3))


def _ranking(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """The best class of each row and those next to it."""
    return np.asarray(np.argsort(-rows, axis=1, kind="stable")[:, : _RIVALS + 1], np.int64)


def _evened(margins: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(rows of margins, what each counts): close calls, which are few, are spread evenly where they lie.

    So a single tie, which is chance, does not outweigh all that is clear.
    """
    # Among equals of the reference any is right.
    margins = margins[margins[:, 0] > 0]
    margins = margins[np.argsort(margins[:, 0], kind="stable")]
    count = min(len(margins), max(_FEWEST_CLOSE, len(margins) // _CLOSE))
    if count < 2:
        return margins, np.ones(len(margins))
    first, last = margins[0, 0], margins[count - 1, 0]
    lowest = max(0.0, first - (last - first) / (count - 1))
    even = lowest + (np.arange(count * _FINER) + 0.5) / (count * _FINER) * (last - lowest)
    close = np.repeat(margins[:count], _FINER, axis=0)
    close += (even - close[:, 0])[:, None]
    weights = np.repeat([1 / _FINER, 1.0], [len(close), len(margins) - count])
    return np.concatenate([close, margins[count:]]), weights


def _changes(
    margins: NDArray[np.float64], leads: NDArray[np.float64], gained: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How likely each row's best class changes, [N].

    Args:
        margins: how far the best class leads each of its rivals, [N, rivals].
        leads: by how much it leads the first of them where the error is known, [M].
        gained: these errors, by how much the rival and the best class came nearer or went apart, [M].
    """
    order = np.argsort(leads, kind="stable")
    leads, gained = leads[order], gained[order]
    window = min(gained.size, max(_FEWEST, gained.size // _WINDOW))
    first = np.clip(np.searchsorted(leads, margins[:, 0]) - window // 2, 0, gained.size - window)
    near = sliding_window_view(gained, window)
    blur = _BLUR * np.sqrt(np.mean(near**2, axis=1))[first]
    # Most margins are so wide that no error comes near them.
    reached = margins < (near.max(axis=1)[first] + _FAR * blur)[:, None]
    rows, rivals = np.nonzero(reached & (blur > 0)[:, None])
    likely = np.zeros(margins.shape)
    for at in range(0, len(rows), size := max(1, _AT_ONCE // window)):
        row, rival = rows[at : at + size], rivals[at : at + size]
        own, spread = (each[:, None] for each in (margins[row, rival], blur[row]))
        errors = near[first[row]]
        both = _normal((errors - own) / spread) + _normal((-errors - own) / spread)
        likely[row, rival] = both.mean(axis=1) / 2
    return np.asarray(np.minimum(1.0, likely.sum(axis=1)), np.float64)


def _normal(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal distribution, within 0.0002 (a logistic curve that is bent a little)."""
    return 1 / (1 + np.exp(-np.clip(x * (1.5976 + 0.07056 * x * x), -60, 60)))
