"""Outputs that hold a score for each class, and what the values of runs say of scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo

# Shares add up to 1 but for what single precision and hundreds of classes lose; those of an operator in half precision.
_SUM, NEARLY = 2e-3, 2e-2
# No input makes a model as sure as this.
_MOST_LOGIT = 100.0


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


def add_up(values: Array, axis: int = -1, near: float = _SUM) -> bool:
    """Whether the values along an axis add up to 1."""
    return bool(np.allclose(np.atleast_1d(values).astype(np.float64).sum(axis), 1, rtol=0, atol=near))


def shares(values: Array) -> bool:
    """Whether rows of values are shares of one whole."""
    inside = values.size and np.isfinite(values).all() and values.min() >= -1e-6 and values.max() <= 1 + _SUM
    return bool(inside) and add_up(values)


def may_be_logits(*arrays: Array) -> bool:
    """Whether all are values that a softmax may be meant for."""
    return all(bool(np.abs(array).max(initial=0) < _MOST_LOGIT) for array in arrays)
