"""A user's CSV file as texts: its rows, and where the columns of a model are in them."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeweb.errors import ConfigError
from edgeweb.read import intake
from edgeweb.tasks import fields
from edgeweb.tasks.tabular.manifest import Column

LABEL_NAMES = frozenset(("label", "target", "class", "y"))
# What tables write where a number is missing.
NOTHING = frozenset(("", "nan", "na", "n/a", "<na>", "null", "none"))
# As rows of texts in Python a file takes ten times its bytes.
_MAX_BYTES = 256 << 20
_INDEX_NAMES = frozenset(("id", "index"))
# So many rows that are numbered one after the other are no chance.
_COUNTED = 5
# What they write for true and false, as web/src/tasks/tabular/page/values.ts has it.
_YES, _NO = frozenset(("true", "1", "1.0", "yes", "y", "t")), frozenset(("false", "0", "0.0", "no", "n", "f"))
_HINT = "Save it as UTF-8 text, or give a part of it"
# (line number, cells).
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Layout:
    """Where a model's columns stand in a row, and the right answer; `header`: whether the first row names them.

    `renamed`: columns that are written otherwise, with the model's names; `ignored`: columns that are of no use.
    """

    places: list[int]
    label: int | None
    header: bool
    renamed: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()


def rows(path: Path, *, blank: bool = False) -> list[Row]:
    """Every row that is not blank; with `blank` those as well that have cells and nothing in them.

    Raises:
        ConfigError: unreadable, or no CSV.
    """
    # Not splitlines(): that also splits at characters which may stand in a cell.
    lines = list(io.StringIO(intake.text(path, _HINT, _MAX_BYTES)))
    first = next((line for line in lines if line.strip()), "")
    # Spreadsheets of half of Europe write semicolons.
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    try:
        return [
            (reader.line_num, [cell.strip() for cell in row])
            for row in reader
            if any(map(str.strip, row)) or (blank and len(row) > 1)
        ]
    except csv.Error as error:
        raise ConfigError(f"{path} is not CSV in line {reader.line_num}", str(error), "Correct the line") from error


def layout(path: Path, first: Sequence[str], columns: Sequence[Column]) -> Layout:
    """Where the columns are: by the names in the first row, or in the model's own order.

    Raises:
        ConfigError: a column is missing, or there are others than the model has.
    """
    names = [column.name for column in columns]
    for wanted, cells in ((names, list(first)), (folded(names), folded(first))):
        missing = [name for name in wanted if name not in cells]
        if len(set(wanted)) == len(wanted) and not missing:
            places = [cells.index(name) for name in wanted]
            label = _label_place(first, places)
            return Layout(places, label, True, _renamed(first, places, names), _ignored(first, places, label))
    near = [name for name in names if name.casefold() in folded(first)]
    numeric = any(column.type != "text" for column in columns)
    if near and not (numeric and _parses(first, columns)):
        # Of names that differ in case alone one may stand there twice.
        lost = next(name for name in names if name not in (near if len(near) < len(names) else first))
        others = [name for name in first if name.strip() and name.casefold() not in folded(names)]
        like = difflib.get_close_matches(lost, others, 1)
        added = (
            f"Add the column, or call it so, if it is one of: {', '.join(others[:_COUNTED])}"
            if others
            else "Add the column"
        )
        hint = f'Call the column "{like[0]}" so' if like else added
        raise ConfigError(f'{path} has no column "{lost}"', f"the model takes {', '.join(names)}", hint)
    label = _label_place(first, []) if len(first) == len(names) + 1 else None
    places = [place for place in range(len(first)) if place != label]
    if len(places) != len(names):
        raise ConfigError(
            f"{path} has {len(first)} columns",
            f"the model takes {len(names)} ({', '.join(names)})",
            "Name them in the first line, or give just these in this order",
        )
    return Layout(places, label, label is not None or not _parses(first, columns))


def named(first: Sequence[str], rows: Sequence[Sequence[str]], count: int, taken: Sequence[str]) -> list[str] | None:
    """The names that a first row gives `count` columns of numbers that have none of their own, in its order.

    What an index or the right answer is goes out first, and `taken`, the names that other columns have; None where the
    row names none, or where more are left than there are columns.
    """
    if any(number(cell) is not None for cell in first) or len(set(folded(first))) != len(first):
        return None
    out = {*folded(taken), "", "unnamed: 0"}
    left = [place for place, name in enumerate(first) if name.casefold() not in out]
    if len(left) > count:
        left = [place for place in left if first[place].casefold() not in LABEL_NAMES]
    # The answer may be called anything, but where it is a word it is no number of the model's.
    words = {place for place in left if _is_word(rows[0], place)}
    kept = [place for place in left if place not in words] if len(left) == count + 1 else left
    index = _index(first, rows, left)
    if len(kept) != count and index is not None:
        rest = [place for place in left if place != index]
        kept = [place for place in rest if place not in words] if len(rest) == count + 1 else rest
        kept = [] if words & set(kept) else kept
    return [first[place] for place in kept] if len(kept) == count else None


def _is_word(row: Sequence[str], place: int) -> bool:
    return place < len(row) and number(row[place]) is None and row[place].casefold() not in NOTHING


def _index(first: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int]) -> int | None:
    """The only column that numbers the rows, by its name or because it counts them."""
    called = [place for place in left if first[place].casefold() in _INDEX_NAMES]
    counting = [] if called or len(rows) < _COUNTED else [place for place in left if _counts(rows, place)]
    found = called or counting
    return found[0] if len(found) == 1 else None


def _counts(rows: Sequence[Sequence[str]], place: int) -> bool:
    found = [number(row[place]) if place < len(row) else None for row in rows]
    return found[0] in (0, 1) and found == list(range(int(found[0] or 0), int(found[0] or 0) + len(found)))


def number(cell: str) -> int | float | None:
    """A cell as a number, for which tables write true and false as well."""
    return int(cell.casefold() == "true") if cell.casefold() in ("true", "false") else fields.number(cell)


def truth(cell: str) -> bool | None:
    """A cell of a column that is true or false."""
    return True if cell.casefold() in _YES else False if cell.casefold() in _NO else None


def folded(names: Sequence[str]) -> list[str]:
    """Without capitals."""
    return [name.casefold() for name in names]


def lacks(column: Column, cell: str) -> bool:
    """Whether a cell says that nothing is known."""
    return not cell or (column.type != "text" and cell.casefold() in NOTHING)


def _renamed(first: Sequence[str], places: Sequence[int], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((first[place], name) for place, name in zip(places, names, strict=True) if first[place] != name)


def _ignored(first: Sequence[str], places: Sequence[int], label: int | None) -> tuple[str, ...]:
    return tuple(name for place, name in enumerate(first) if place not in places and place != label and name)


def _label_place(header: Sequence[str], taken: Sequence[int]) -> int | None:
    found = [i for i, name in enumerate(header) if name.casefold() in LABEL_NAMES and i not in taken]
    return found[0] if found else None


def _parses(cells: Sequence[str], columns: Sequence[Column]) -> bool:
    """Whether a first row may hold values: what each column that is not text takes."""
    given = [(cell, column) for cell, column in zip(cells, columns, strict=False) if column.type != "text"]
    return all(_holds(column, cell) or (column.missing and lacks(column, cell)) for cell, column in given)


def _holds(column: Column, cell: str) -> bool:
    return (truth(cell) if column.type == "boolean" else number(cell)) is not None
