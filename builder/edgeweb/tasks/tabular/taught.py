"""What a user's samples say of the columns: names, ranges, categories, and what is usual; never a row of theirs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.inputs import arrays
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import row
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.tabular import tables
from edgeweb.tasks.tabular.manifest import Column
from edgeweb.tasks.tabular.tables import Row

# Of fewer samples a median, a range or a category is that of somebody.
_FEWEST = 5
_OFTEN = 2
_MOST_CATEGORIES = 20
# A slider has about so many steps.
_STEPS = 100
# The lowest and the highest are somebody's: what is told of them lies on one of about so many marks.
_MARKS = 20
_TOLD = 5
# A number that is always one of these is whether something is so.
_TRUTHS = {"true", "false"}
Place = tuple[str, int]


@dataclass(frozen=True)
class Taught:
    """`changes`: fields of each column that the samples fill; `notes`: what was matched, a line each for people."""

    changes: Mapping[Place, dict[str, Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def columns(self, columns: Sequence[Column]) -> list[Column]:
        """With what the samples say of them; what the model itself knows stays."""
        return [_filled(column, self.changes.get((column.input, column.index), {})) for column in columns]


NOTHING = Taught()


def lines(path: Path) -> list[Row]:
    """Those of a CSV file; none of what is no such, or cannot be read, which is told where it is needed."""
    try:
        return tables.rows(path) if path.suffix.lower() == ".csv" else []
    except ConfigError:
        return []


def names(lines: Sequence[Row], seen: Seen, settings: Config) -> dict[str, list[str]]:
    """The names that the first line of a CSV file gives to inputs whose columns are called by nobody else."""
    if len(lines) < _OFTEN or isinstance(columns := row.columns_of(seen, settings), str):
        return {}
    widths = Counter(column.input for column in columns)
    said = {name for name, each in settings.input.items() if each.columns}
    wide = [name for name, width in widths.items() if width > 1 and name not in said]
    nameless = [name for name in wide if not row.metadata_names(seen.proto, widths[name])]
    taken = [column.name for column in columns if column.input not in nameless]
    count, rows = sum(widths[name] for name in nameless), [cells for _, cells in lines[1:]]
    given = tables.named(lines[0][1], rows, count, taken) if nameless else None
    left = iter(given or ())
    return {name: [next(left) for _ in range(widths[name])] for name in nameless} if given else {}


def teach(path: Path, lines: Sequence[Row], seen: Seen, settings: Config, given: Sequence[str]) -> Taught:
    """What the samples at `path` say of the model's columns; nothing where they cannot be read, which is told later.

    Args:
        path: a file of rows or of arrays.
        lines: of a CSV file.
        seen: of the model.
        settings: with the names of the columns.
        given: the inputs whose columns the file has named.
    """
    columns = row.columns_of(seen, settings)
    if isinstance(columns, str):
        return NOTHING
    try:
        cells = _written(path, lines, columns) if lines else _stored(path, seen.inputs, columns)
        notes = _notes(path, lines[0][1], tables.layout(path, lines[0][1], columns), columns, given) if lines else ()
    except ConfigError:
        return NOTHING
    told = {_place(column): _usual(column, cells.get(_place(column), [])) for column in columns}
    return Taught(told, notes)


def _place(column: Column) -> Place:
    return column.input, column.index


def _written(path: Path, lines: Sequence[Row], columns: Sequence[Column]) -> dict[Place, list[str]]:
    """The cells of each column of a CSV file."""
    found = tables.layout(path, lines[0][1], columns)
    held = [cells for _, cells in lines[1 if found.header else 0 :] if len(cells) == len(lines[0][1])]
    return {_place(column): [cells[i] for cells in held] for column, i in zip(columns, found.places, strict=True)}


def _stored(path: Path, inputs: Sequence[TensorInfo], columns: Sequence[Column]) -> dict[Place, list[str]]:
    """The elements of each column of arrays."""
    if path.suffix.lower() not in (".npz", ".npy"):
        return {}
    loaded = arrays.load(path, inputs)
    widths = Counter(column.input for column in columns)
    flat = {name: loaded[name].reshape(-1, width) for name, width in widths.items() if _divides(loaded, name, width)}
    own = [column for column in columns if column.input in flat]
    return {_place(column): [str(each) for each in flat[column.input][:, column.index]] for column in own}


def _divides(loaded: Mapping[str, Any], name: str, width: int) -> bool:
    return name in loaded and loaded[name].size % width == 0


def _notes(
    path: Path, first: Sequence[str], found: tables.Layout, columns: Sequence[Column], given: Sequence[str]
) -> tuple[str, ...]:
    """What was made of a CSV file, short."""
    notes = []
    if given:
        notes.append(f"{path.name} names the columns: {_listed([c.name for c in columns if c.input in given])}")
    elif not found.header:
        notes.append(f"{path.name} has no line of names: its columns are taken in the model's order")
    if found.renamed:
        pairs = [f'"{other}" for "{name}"' for other, name in found.renamed]
        notes.append(f"{path.name}: taken {_listed(pairs)}")
    if found.ignored:
        notes.append(f"{path.name}: ignored {_listed([_quoted(name) for name in found.ignored])}")
    if found.label is not None:
        notes.append(f'{path.name}: "{first[found.label]}" holds the right answers')
    return tuple(notes)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _TOLD
    return ", ".join(names[:_TOLD]) + (f" and {more} more" if more > 0 else "")


def _filled(column: Column, changes: dict[str, Any]) -> Column:
    """A column that knows its own values takes of the samples only which is usual."""
    changes = dict(changes)
    if column.choices is not None:
        value = changes.get("value")
        text = value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else None
        usual = {} if text is None or text not in column.choices else {"value": value}
        return msgspec.structs.replace(column, **usual)
    return msgspec.structs.replace(column, **changes)


def _usual(column: Column, cells: Sequence[str]) -> dict[str, Any]:
    """The fields of a column that so many samples can tell without telling of one."""
    cells = [text for text in cells if not tables.lacks(column, text)]
    if len(cells) < _FEWEST:
        return {}
    if column.type == "text" or column.choices is not None:
        return _categories(column, cells)
    if column.type == "boolean" or (not column.missing and {text.lower() for text in cells} <= _TRUTHS):
        truths = [value for value in map(tables.truth, cells) if value is not None]
        return {"type": "boolean", "value": sum(truths) * 2 > len(truths)} if len(truths) >= _FEWEST else {}
    numbers = [value for value in map(tables.number, cells) if value is not None and math.isfinite(value)]
    if len(numbers) < _FEWEST:
        return {}
    return _range(np.array(numbers, np.float64))


def _categories(column: Column, cells: Sequence[str]) -> dict[str, Any]:
    counts = Counter(cells).most_common()
    often = [text for text, count in counts if count >= _OFTEN]
    if not often:
        return {}
    value: str | float = often[0] if column.type == "text" else float(tables.number(often[0]) or 0)
    few = len(counts) <= _MOST_CATEGORIES and len(often) > 1
    if column.type == "text" and not few and column.choices is None:
        return {}
    return {"value": value, "choices": often, "others": True} if column.choices is None else {"value": value}


def _range(numbers: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    """From the lowest to the highest, both rounded away from what was there, in steps of 1, 2 or 5; and the median."""
    low, high, median = float(numbers.min()), float(numbers.max()), float(np.median(numbers))
    whole = bool((numbers == np.round(numbers)).all())
    if high <= low:
        return {"value": _round(median, _unit(abs(median) / 10))}
    step = _unit((high - low) / _STEPS)
    step = (1.0 if high - low <= 2 * _STEPS else max(1.0, step)) if whole else step
    near = min(step, _unit(abs(median) / _STEPS)) if median else step
    value = _round(median, max(1.0, near) if whole else near)
    ends = max(step, _unit((high - low) / _MARKS))
    return {"low": _round(low, ends, math.floor), "high": _round(high, ends, math.ceil), "step": step, "value": value}


def _unit(size: float) -> float:
    """1, 2 or 5 times a power of ten, not less than `size`."""
    if size <= 0 or not math.isfinite(size):
        return 1.0
    decade = 10.0 ** math.floor(math.log10(size))
    return float(f"{next(unit for unit in (1, 2, 5, 10) if unit * decade >= size * 0.999999) * decade:.6g}")


def _round(value: float, step: float, way: Any = round) -> float:
    return float(f"{way(value / step) * step:.9g}")
