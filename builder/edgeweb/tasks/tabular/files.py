"""CSV files to feeds: one row is one sample."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import Feed, Found, converted, label_index, room_for, spread
from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import fields
from edgeweb.tasks.tabular import tables
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline
from edgeweb.tasks.tabular.tables import Row


def read_csv(path: Path, inputs: Sequence[TensorInfo], table: TabularPipeline, labels: Sequence[str]) -> Found:
    """One feed a row; the right classes where a column label, target, class or y holds them.

    Raises:
        ConfigError: unreadable, columns that are missing, or a cell that its column does not hold.
    """
    blank = len(table.columns) > 1 and all(column.missing for column in table.columns)
    rows = tables.rows(path, blank=blank)
    if not rows:
        return [], None, 0
    found = tables.layout(path, rows[0][1], table.columns)
    places, label, width = found.places, found.label, len(rows[0][1])
    rows = rows[1:] if found.header else rows
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


def _feed(path: Path, row: Row, places: Sequence[int], inputs: Sequence[TensorInfo], columns: Sequence[Column]) -> Feed:
    """The arrays of one row, shaped as in web/src/tasks/tabular/worker/feeds.ts."""
    line, cells = row
    cell_of = {(column.input, column.index): cells[place] for column, place in zip(columns, places, strict=True)}
    feed: Feed = {}
    for info in inputs:
        mine = sorted((c for c in columns if c.input == info.name), key=lambda column: column.index)
        values = [value(path, line, column, cell_of[column.input, column.index]) for column in mine]
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


def value(path: Path, line: int, column: Column, cell: str) -> fields.Value:
    """What a cell is to the model; ConfigError where its column does not take it."""
    truth = column.type == "boolean"
    number = tables.truth(cell) if truth else tables.number(cell)
    lacks = tables.lacks(column, cell)
    given = None if lacks else cell if column.type == "text" or number is None else number
    try:
        return fields.read(column, given)
    except ConfigError as error:
        what = f'"{cell}"' if cell else "no value"
        why = error.why if lacks or number is not None or truth or column.type == "text" else "it is not a number"
        raise ConfigError(f'{path} has {what} for "{column.name}" in line {line}', why, error.hint) from error


def _label(path: Path, row: Row, place: int, labels: Sequence[str]) -> int:
    line, cells = row
    index = label_index(cells[place], labels)
    if index is None:
        known = f"the labels are {', '.join(labels)}" if labels else "the model has no labels, so it has to be a number"
        raise ConfigError(f'{path} has the label "{cells[place]}" in line {line}', known, "Correct the label")
    return index
