"""What every operator said in PyTorch is given, and the ways to read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# PyTorch is an optional extra, so for the type checker its tensors may be anything.
Tensor = Any
Given = Mapping[str, Any]
Inputs = Sequence[Tensor]
Operator = Callable[[Given, Inputs], Tensor]


class UnknownError(Exception):
    """A form of an operator that is not said here."""


def ints(value: Tensor | None) -> list[int] | None:
    """A small tensor of sizes, axes or places."""
    return None if value is None else [int(each) for each in value.reshape(-1).tolist()]


def setting(given: Given, inputs: Inputs, name: str, place: int) -> list[int] | None:
    """What is an attribute in old opsets and an input in later ones."""
    if name in given:
        found = given[name]
        return [int(each) for each in found] if isinstance(found, Sequence) else [int(found)]
    return ints(inputs[place]) if len(inputs) > place else None


def of(run: Callable[[Tensor], Tensor]) -> Operator:
    """An operator of one input and no attributes."""
    return lambda given, inputs: run(inputs[0])
