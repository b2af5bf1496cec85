"""What people are told of a model's outputs, so that forms of it can be judged by the answer that they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgeweb.inputs.golden import Array


@dataclass(frozen=True)
class Told:
    """The rows along the last axis of an output, as shares: of one whole, or each by itself.

    `best`: so many of the likeliest keep their order. `only`: an input, and the id in it where rows count.
    """

    output: str
    squash: Literal["softmax", "sigmoid"]
    best: int = 1
    only: tuple[str, int] | None = None

    def apart(self, feed: Mapping[str, Array], one: Mapping[str, Array], other: Mapping[str, Array]) -> float:
        """By how much the shares of two forms differ at most; 1 where another is the best, or there is no answer."""
        a, b = self._rows(feed, one), self._rows(feed, other)
        if a is None or b is None or a.shape != b.shape or not np.isfinite(b).all():
            return float(a is not None)
        if not a.size:
            return 0.0
        first, second = (np.argsort(-rows, axis=-1, kind="stable")[:, : self.best] for rows in (a, b))
        same = bool(np.array_equal(first, second))
        return float(np.abs(self._shares(a) - self._shares(b)).max()) if same else 1.0

    def _rows(self, feed: Mapping[str, Array], outputs: Mapping[str, Array]) -> Array | None:
        found = outputs.get(self.output)
        if found is None or found.ndim < 2:
            return None
        rows = found.astype(np.float64).reshape(-1, found.shape[-1])
        return rows if self.only is None else rows[(feed[self.only[0]] == self.only[1]).reshape(-1)]

    def _shares(self, rows: Array) -> Array:
        if self.squash == "sigmoid":
            return np.asarray(1 / (1 + np.exp(-np.clip(rows, -60, 60))))
        powers = np.exp(rows - rows.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
