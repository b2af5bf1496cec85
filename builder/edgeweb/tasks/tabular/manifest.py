"""What `edgeweb.json` says of models that take rows of a table."""

from __future__ import annotations

from typing import Literal

from edgeweb.schema.types import Strict


class Column(Strict, frozen=True):
    """One field of a tabular model: element `index` of input `input`.

    `choices`: what is known to it; `others`: whether it takes anything else as well. `missing`: whether it may be
    empty; NaN is fed then, of a text the empty one, or `gap` where the model has a value of its own for it. As the
    samples of whoever built the site have it: `low`, `high` and `step` of numbers, which refuse nothing, and `value`,
    the median or the most frequent, to begin with.
    """

    name: str
    input: str
    index: int
    type: Literal["number", "integer", "boolean", "text"]
    choices: list[str] | None = None
    others: bool = False
    missing: bool = False
    gap: str | float | None = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    value: str | float | bool | None = None


class TabularPipeline(Strict, frozen=True):
    """A row in, a label with scores, or values out; with neither the outputs are shown as they are.

    `label`: the answer where there is one; `scores` stand beside it, the highest is the label's. `classes`: what the
    label output gives for each of the labels, in the order of the scores, where it is known. `scores` holds logits when
    `softmax` is true; with `pair` it is one number, how far the second of two labels is meant.
    """

    columns: list[Column]
    label: str | None = None
    scores: str | None = None
    values: str | None = None
    softmax: bool = False
    pair: bool = False
    classes: list[str] = []
