"""What `edgeweb.json` says of models that take rows of a table."""

from __future__ import annotations

from typing import Literal

from edgeweb.schema.types import Strict


class Column(Strict, frozen=True):
    """One field of a tabular model: element `index` of input `input`; `choices` when only these are known to it."""

    name: str
    input: str
    index: int
    type: Literal["number", "integer", "boolean", "text"]
    choices: list[str] | None = None


class TabularPipeline(Strict, frozen=True):
    """A row in, a label with scores or values out. `scores` holds logits when `softmax` is true."""

    columns: list[Column]
    label: str | None = None
    scores: str | None = None
    values: str | None = None
    softmax: bool = False
