"""What MLflow has logged beside a model says of its columns: their names, which are whole numbers, and an example."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from edgeweb.config import Config
from edgeweb.read.mlmodel import MLmodel
from edgeweb.tasks import row
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.tabular.manifest import Column
from edgeweb.tasks.tabular.taught import Place, Taught


def names(said: MLmodel | None, seen: Seen, settings: Config) -> dict[str, list[str]]:
    """The names that the signature gives to the one input of several columns that nobody else has named."""
    if said is None or not said.columns or isinstance(columns := row.columns_of(seen, settings), str):
        return {}
    widths = Counter(column.input for column in columns)
    named = {name for name, each in settings.input.items() if each.columns}
    wide = [name for name in widths if widths[name] > 1 and name not in named]
    nameless = [name for name in wide if not row.metadata_names(seen.proto, widths[name])]
    fits = len(widths) == len(nameless) == 1 and len(columns) == len(said.columns)
    return {nameless[0]: [name for name, _ in said.columns]} if fits else {}


def teach(said: MLmodel | None, seen: Seen, settings: Config) -> Taught:
    """What a field begins with, and the steps of whole numbers, of the columns that the signature or the example name.

    Whether one may be empty is not of it: MLflow means that it may be left out, and the model knows what it takes.
    """
    if said is None or isinstance(columns := row.columns_of(seen, settings), str):
        return Taught()
    kinds, example = dict(said.columns), said.row()
    changes: dict[Place, dict[str, Any]] = {}
    for column in columns:
        whole = kinds.get(column.name) == "integer" and column.type == "number"
        own: dict[str, Any] = {"step": 1.0} if whole else {}
        value = _value(column, example.get(column.name))
        changes[column.input, column.index] = own if value is None else {**own, "value": value}
    shown = any("value" in each for each in changes.values())
    note = f"the page begins with the first row of {said.example}, which everybody may see"
    return Taught(changes, (note,) if shown else ())


def over(first: Taught, then: Taught) -> Taught:
    """Both, of which the second counts where they say the same of a column."""
    places = {*first.changes, *then.changes}
    changes: Mapping[Place, dict[str, Any]] = {
        place: {**first.changes.get(place, {}), **then.changes.get(place, {})} for place in places
    }
    return Taught(changes, (*first.notes, *then.notes))


def _value(column: Column, found: object) -> str | float | bool | None:
    """What a field of such a column holds."""
    if column.type == "text":
        return found if isinstance(found, str) and found.isprintable() and len(found) <= 200 else None
    if column.type == "boolean":
        return found if isinstance(found, bool) else None
    if not isinstance(found, int | float) or not abs(found) < 1e30 or not math.isfinite(found):
        return None
    return float(found)
