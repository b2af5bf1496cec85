"""CSV files to feeds: one row is one sample."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import Feed, Found, converted, label_index, room_for, spread
from edgeweb.inputs.golden import Array
from edgeweb.read import intake
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline

_LABEL_NAMES = frozenset(("label", "target", "class", "y"))
# As rows of texts in Python a file takes ten times its bytes.
_MAX_BYTES = 256 << 20
_HINT = "Save it as UTF-8 text, or give a part of it"
# Places of the columns in a row, the place of the label, and whether the first row is a header.
_Layout = tuple[list[int], int | None, bool]
_Row = tuple[int, list[str]]


def read_csv(path: Path, inputs: Sequence[TensorInfo], table: TabularPipeline, labels: Sequence[str]) -> Found:
    """One feed a row; the right classes where a column label, target, class or y holds them.

    Raises:
        ConfigError: unreadable, columns that are missing, or a cell that its column does not hold.
    """
    rows = _rows(path)
    if not rows:
        return [], None, 0
    places, label, header = _layout(path, rows[0][1], table)
    width = len(rows[0][1])
    rows = rows[1:] if header else rows
    for line, cells in rows:
        if len(cells) != width:
            raise ConfigError(
                f"{path} has {len(cells)} cells in line {line}", f"its first row has {width}", "Correct the line"
            )
    if not rows:
        return [], None, 0
    first = _feed(path, rows[0], places, inputs, table.columns)
    chosen = spread(rows, room_for(first))
    feeds = [_feed(path, row, places, inputs, table.columns) for row in chosen]
    # The right answer of a regression is no class.
    if label is None or table.values is not None:
        return feeds, None, len(rows)
    return feeds, [_label(path, row, label, labels) for row in chosen], len(rows)


def _rows(path: Path) -> list[_Row]:
    """(line number, cells) of every row that is not blank."""
    # Not splitlines(): that also splits at characters which may stand in a cell.
    lines = list(io.StringIO(intake.text(path, _HINT, _MAX_BYTES)))
    first = next((line for line in lines if line.strip()), "")
    # Spreadsheets of half of Europe write semicolons.
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    try:
        return [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise ConfigError(f"{path} is not CSV in line {reader.line_num}", str(error), "Correct the line") from error


def _layout(path: Path, first: Sequence[str], table: TabularPipeline) -> _Layout:
    """Where the columns are: by the names in the first row, or in the model's own order."""
    columns = [column.name for column in table.columns]
    for names, cells in ((columns, list(first)), (_folded(columns), _folded(first))):
        missing = [name for name in names if name not in cells]
        if len(set(names)) == len(names) and not missing:
            places = [cells.index(name) for name in names]
            return places, _label_place(first, places), True
    near = [name for name in columns if name.casefold() in _folded(first)]
    numeric = any(column.type != "text" for column in table.columns)
    if near and not (numeric and _parses(first, table.columns)):
        # Of names that differ in case alone one may stand there twice.
        lost = next(name for name in columns if name not in (near if len(near) < len(columns) else first))
        raise ConfigError(f'{path} has no column "{lost}"', f"the model takes {', '.join(columns)}", "Add the column")
    label = _label_place(first, []) if len(first) == len(columns) + 1 else None
    places = [place for place in range(len(first)) if place != label]
    if len(places) != len(columns):
        raise ConfigError(
            f"{path} has {len(first)} columns",
            f"the model takes {len(columns)} ({', '.join(columns)})",
            "Name them in the first line, or give just these in this order",
        )
    return places, label, label is not None or not _parses(first, table.columns)


def _folded(names: Sequence[str]) -> list[str]:
    return [name.casefold() for name in names]


def _label_place(header: Sequence[str], taken: Sequence[int]) -> int | None:
    found = [i for i, name in enumerate(header) if name.casefold() in _LABEL_NAMES and i not in taken]
    return found[0] if found else None


def _parses(cells: Sequence[str], columns: Sequence[Column]) -> bool:
    """Whether a first row may hold values: every cell of a column that is not text is a number or a truth value."""
    return all(_number(c) is not None for c, column in zip(cells, columns, strict=False) if column.type != "text")


def _number(cell: str) -> int | float | None:
    """Whole numbers are kept whole: those of 64 bits do not fit a float."""
    if cell.casefold() in ("true", "false"):
        return int(cell.casefold() == "true")
    try:
        whole = int(cell)
        # Larger ones are no whole number of any model's, and may be too large for a float.
        return whole if whole.bit_length() <= 64 else float(cell)
    except ValueError:
        pass
    try:
        return float(cell)
    except ValueError:
        return None


def _feed(
    path: Path, row: _Row, places: Sequence[int], inputs: Sequence[TensorInfo], columns: Sequence[Column]
) -> Feed:
    """The arrays of one row, shaped as in web/src/tasks/tabular/worker/feeds.ts."""
    line, cells = row
    cell_of = {(column.input, column.index): cells[place] for column, place in zip(columns, places, strict=True)}
    feed: Feed = {}
    for info in inputs:
        mine = sorted((c for c in columns if c.input == info.name), key=lambda column: column.index)
        values = [_value(path, line, column, cell_of[column.input, column.index]) for column in mine]
        array = converted(info.type, _array(values))
        if array is None:
            name = ", ".join(column.name for column in mine)
            raise ConfigError(
                f'{path} has a value for "{name}" in line {line} that does not fit',
                f"the model takes {info.type}",
                "Correct the cell",
            )
        shape = [1, len(mine)] if info.shape is None else info.shape
        feed[info.name] = array.reshape([1] * (len(shape) - 1) + [len(mine)] if len(shape) > 1 else [1] * len(shape))
    return feed


def _array(values: Sequence[str | int | float]) -> Array:
    """Whole numbers beyond 64 bits become floats, which no whole number type then takes."""
    array = np.array(values)
    return array.astype(np.float64) if array.dtype.kind == "O" else array


def _value(path: Path, line: int, column: Column, cell: str) -> str | int | float:
    if column.type == "text":
        return cell
    number = _number(cell)
    if number is None:
        raise ConfigError(
            f'{path} has "{cell}" for "{column.name}" in line {line}',
            "it is not a number",
            "Give a number, such as 1.5",
        )
    return number


def _label(path: Path, row: _Row, place: int, labels: Sequence[str]) -> int:
    line, cells = row
    index = label_index(cells[place], labels)
    if index is None:
        known = f"the labels are {', '.join(labels)}" if labels else "the model has no labels, so it has to be a number"
        raise ConfigError(f'{path} has the label "{cells[place]}" in line {line}', known, "Correct the label")
    return index
