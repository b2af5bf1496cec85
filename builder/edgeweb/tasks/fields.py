"""What is given for one column of a row, as the value that the model is fed: web/src/tasks/tabular/shared/cell.ts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.golden import DTYPES, Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.tabular.manifest import Column

Value = str | int | float
# As the page has them: cell.ts.
_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
_BEYOND = re.compile(r"[+-]?(nan|inf(inity)?)", re.IGNORECASE)


def number(text: str) -> int | float | None:
    """What a text says, where it is a number; whole ones are kept whole, of which those of 64 bits fit no float."""
    if _BEYOND.fullmatch(text):
        return float(text)
    if not _PLAIN.fullmatch(text):
        return None
    try:
        whole = int(text)
    except ValueError:
        return float(text)
    # Larger ones are no whole number of any model's, and may be too large for a float.
    return whole if whole.bit_length() <= 64 else float(text)


def gap(column: Column) -> Value | None:
    """What is fed for a missing value; None: the model takes none."""
    if not column.missing:
        return None
    if column.gap is not None:
        return int(column.gap) if column.type == "integer" and isinstance(column.gap, float) else column.gap
    return "" if column.type == "text" else math.nan


def refused(column: Column, text: str) -> bool:
    """Whether a column knows all that it takes, and not this."""
    listed = column.type in ("text", "integer") and bool(column.choices)
    return listed and not column.others and text not in (column.choices or ())


def read(column: Column, given: Any) -> Value:
    """The value for a model, of what a row has; None is a missing one.

    Raises:
        ConfigError: it is none that the column takes, or missing where it may not be.
    """
    nan = isinstance(given, (float, np.floating)) and math.isnan(given)
    if given is None or (isinstance(given, str) and not given.strip()) or (nan and column.type != "number"):
        return _missing(column)
    if column.type == "text":
        return _known(column, _text(given))
    if column.type == "boolean":
        return _truth(column, given)
    found = _number(column, given)
    if column.type == "number":
        return found
    if math.isnan(found):
        return _missing(column)
    if not math.isfinite(found) or found != int(found):
        raise ConfigError(
            f'"{column.name}" is not a whole number', "the model takes whole numbers", "Give one, such as 2"
        )
    _known(column, str(int(found)))
    return int(found)


def _number(column: Column, given: Any) -> int | float:
    try:
        if isinstance(given, (str, bytes)):
            found = number(given.strip()) if isinstance(given, str) else None
        else:
            found = int(given) if isinstance(given, (int, np.integer)) else float(given)
    except (TypeError, ValueError):
        found = None
    if found is None:
        raise ConfigError(f'"{column.name}" is not a number', f"it is {given!r}", "Give a number, such as 1.5")
    return found


def _missing(column: Column) -> Value:
    value = gap(column)
    if value is None:
        raise ConfigError(f'"{column.name}" has no value', "the model takes no row without it", "Give one")
    return value


def _text(given: Any) -> str:
    """As a page writes it."""
    if isinstance(given, (bool, np.bool_)):
        return str(bool(given)).lower()
    return str(int(given)) if isinstance(given, float) and given.is_integer() and abs(given) < 1e15 else str(given)


def _known(column: Column, text: str) -> str:
    if refused(column, text):
        known = ", ".join(map(repr, (column.choices or ())[:20]))
        raise ConfigError(
            f'"{column.name}" takes no {text!r}', "the model knows other values", f"It takes one of: {known}"
        )
    return text


def _truth(column: Column, given: Any) -> int:
    text = _text(given).strip().lower()
    if text not in ("true", "false", "1", "0"):
        raise ConfigError(f'"{column.name}" is neither true nor false', f"it is {given!r}", "Give true or false")
    return int(text in ("true", "1"))


def shaped(info: TensorInfo, values: Sequence[Value]) -> Array:
    """One row of an input, of its type and rank; OverflowError or ValueError where it does not hold a value."""
    rank = 2 if info.shape is None else len(info.shape)
    dims = [1] * (rank - 1) + [len(values)] if rank > 1 else [1] * rank
    return np.array(values, DTYPES[info.type]).reshape(dims)
