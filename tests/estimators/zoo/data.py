"""scikit-learn's own data sets, made small: what is learned from them is not the point."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from sklearn import datasets

from zoo.case import Array

TEXTS = [
    "the cat sat on the mat", "a dog barked at the cat", "stocks fell as rates rose", "the bank raised its rates",
    "my cat chases the dog", "markets closed higher today", "a cat and a dog play", "shares of the bank fell",
    "the dog sleeps on the mat", "rates and stocks rose today", "the mat is red", "investors sold shares",
]  # fmt: skip
TOPICS = np.array([0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1])


@cache
def iris() -> tuple[Array, Array]:
    """Every second flower: 75 rows, 4 columns, 3 classes."""
    found: Any = datasets.load_iris()
    return found.data[::2].astype(np.float32), found.target[::2].astype(np.int64)


@cache
def cancer() -> tuple[Array, Array]:
    """80 rows, 5 columns on one scale, 2 classes."""
    found: Any = datasets.load_breast_cancer()
    table = found.data[:80, [0, 1, 4, 8, 24]]
    return (table / table.max(axis=0)).astype(np.float32), found.target[:80].astype(np.int64)


@cache
def diabetes() -> tuple[Array, Array]:
    """80 rows, 4 columns, one number."""
    found: Any = datasets.load_diabetes()
    return found.data[:80, [0, 2, 3, 8]].astype(np.float32) * 10, found.target[:80].astype(np.float64)


@cache
def linnerud() -> tuple[Array, Array]:
    """20 rows, 3 columns, three numbers."""
    found: Any = datasets.load_linnerud()
    return found.data.astype(np.float32) / 100, found.target.astype(np.float64)


@cache
def counts() -> tuple[Array, Array]:
    """80 rows of 6 small whole numbers (pixels of digits), 3 classes."""
    found: Any = datasets.load_digits(n_class=3)
    return found.data[:80, 18:24].astype(np.float32), found.target[:80].astype(np.int64)


@cache
def labelled(kind: str) -> tuple[Array, Array]:
    """Rows and classes: `two`, `three`; the classes may be names, numbers as texts, truth values, other numbers."""
    table, target = cancer() if kind.startswith("two") else iris()
    if kind.endswith("names"):
        names = ["malignant", "benign"] if kind.startswith("two") else ["setosa", "versicolor", "virginica"]
        return table, np.array(names)[target]
    if kind.endswith("truth"):
        return table, target == 1
    if kind.endswith("signs"):
        return table, np.array([-1, 1])[target]
    if kind.endswith("fractions"):
        return table, np.array([0.0, 1.0])[target]
    if kind.endswith("numerals"):
        return table, np.array(["10", "2", "1"])[target]
    if kind.endswith("odd"):
        return table, np.array([7, 2, 5])[target]
    return table, target


def with_gaps(table: Array) -> Array:
    """The same with every seventh number missing."""
    holed = table.copy()
    holed.ravel()[::7] = np.nan
    return holed
