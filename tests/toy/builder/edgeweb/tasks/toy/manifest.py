"""What `edgeweb.json` says of models that take two numbers."""

from __future__ import annotations

from edgeweb.schema.types import Strict


class ToyPipeline(Strict, frozen=True):
    """`input` takes the numbers, which are of this unit."""

    input: str
    unit: str
