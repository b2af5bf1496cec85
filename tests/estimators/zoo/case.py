"""One fitted estimator as an ONNX file, with rows and what the estimator says of each."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Feeds = dict[str, Array]
# What an estimator's answer is: one class; one of several classes for each of several questions; numbers; the number of
# a cluster; 1 or -1; a row of coordinates or other values that are neither classes nor a prediction.
Form = Literal["class", "classes", "values", "cluster", "outlier", "transformed"]


@dataclass
class Made:
    """What a case gave.

    Args:
        feeds: one for each row, with the shape that a page feeds.
        says: the estimator's answer for each row: a class's name, several of them, or numbers.
        classes: their names in the order of `sure` and `decision`.
        sure: `predict_proba` for each row.
        decision: `decision_function`, or a clusterer's distances, for each row.
        cannot: why there is no model; then there are no rows either.
    """

    estimator: str
    variant: str
    form: Form
    model: bytes = b""
    feeds: list[Feeds] = field(default_factory=list)
    says: list[Any] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    sure: Array | None = None
    decision: Array | None = None
    cannot: str = ""

    @property
    def key(self) -> str:
        return f"{self.estimator}: {self.variant}"


@dataclass(frozen=True)
class Case:
    """An estimator in one of its variants; `steps` fit and convert it. `needs`: a package besides scikit-learn's."""

    estimator: str
    variant: str
    steps: Callable[[], Made]
    needs: str = "skl2onnx"

    @property
    def key(self) -> str:
        return f"{self.estimator}: {self.variant}"

    def make(self) -> Made:
        """Fitted in a moment, which is not enough for some to be content."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.steps()


Cases = Iterator[Case]
ROWS = 10


def rows_of(table: Array, count: int = ROWS) -> Array:
    """Some rows from all over a table, whose numbers are those of 32 bits, since a model is fed no others."""
    chosen = np.linspace(0, len(table) - 1, count).astype(int)
    return table[chosen]


def split(rows: Array, name: str = "X") -> list[Feeds]:
    """One feed a row."""
    return [{name: rows[i : i + 1]} for i in range(len(rows))]


def texts(values: Any) -> list[str]:
    """Names of classes; truth values and whole fractions are whole numbers in a model's file."""
    plain = [value.item() if hasattr(value, "item") else value for value in np.asarray(values).ravel()]
    return [str(value if isinstance(value, str) else int(value)) for value in plain]


def numbers(values: Any, count: int) -> list[list[float]]:
    """A list of numbers for each row."""
    dense = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
    return [[float(v) for v in np.asarray(row, dtype=np.float64).ravel()] for row in dense.reshape(count, -1)]


def scores(estimator: Any, rows: Any, method: str) -> Array | None:
    """What a method gives, where the estimator has it."""
    if not hasattr(estimator, method):
        return None
    found = getattr(estimator, method)(rows)
    return None if isinstance(found, list) else np.asarray(found)


def several(columns: Sequence[Any]) -> list[list[str]]:
    """The classes of several questions, row by row."""
    return [texts(row) for row in columns]
