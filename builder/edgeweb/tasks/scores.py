"""Outputs that hold a score for each class."""

from __future__ import annotations

from collections.abc import Sequence

from edgeweb.schema.types import TensorInfo


def classes_in(info: TensorInfo) -> int | None:
    """How many scores a row of an output holds: [N, C], [N, C, 1, 1]; None when that is not its shape, or unknown."""
    _, *sizes = info.shape or [None]
    first = sizes[0] if sizes else None
    return first if isinstance(first, int) and all(size == 1 for size in sizes[1:]) else None


def classes_of(output: str | None, outputs: Sequence[TensorInfo]) -> int | None:
    """The same of the output that is called so."""
    return next((classes_in(info) for info in outputs if info.name == output), None)


def among(output: str | None, outputs: Sequence[TensorInfo]) -> str | None:
    """The name, where an output has it."""
    return output if any(info.name == output for info in outputs) else None


def width(info: TensorInfo) -> int | None:
    """Values in a row of [N, C], [N] or a scalar; None when unknown, or when the first axis is no row."""
    shape = info.shape or []
    if len(shape) == 2:
        return shape[1] if isinstance(shape[1], int) else None
    return None if shape and isinstance(shape[0], int) and shape[0] != 1 else 1
