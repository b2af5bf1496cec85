"""Files that turn a model which visitors have into the new one, beside the whole of it for everybody else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from edgeweb.coding import delta
from edgeweb.files.table import FileTable
from edgeweb.schema.model import Variant
from edgeweb.schema.site import Delta, Known
from edgeweb.search.based import OldSite
from edgeweb.search.candidate import Base

# One that saves less is not worth a file.
_WORTH = 0.9

Deltas = dict[str, list[Delta]]


def add(
    table: FileTable, old: OldSite, models: Mapping[str, Sequence[Variant]]
) -> tuple[Deltas, list[tuple[str, str]]]:
    """Put them into `table`; what the manifest says of them, by the file that each gives, and lines for the report.

    Args:
        models: the variants by the model's name; that of the site itself is empty.
    """
    found: Deltas = {}
    notes: list[tuple[str, str]] = []
    for name, variants in models.items():
        base = old.models.get(name, Base())
        same = [each for each in variants if base.parts and each.id == base.form]
        for path in same[0].files if same else ():
            made = _made(table, base, path)
            if isinstance(made, Delta):
                found[path] = [made]
                made = f"{_size(table, made.file)} bytes make {path}, of {_size(table, path)}, of the old site's"
            notes.append(("base", made))
    return found, notes


def _made(table: FileTable, base: Base, path: str) -> Delta | str:
    new = bytes(table.contents[path])
    if new in base.parts:
        return f"{path} is the old site's"
    made = delta.make(base.parts, new)
    if made is None or len(made[0]) > _WORTH * len(new):
        return f"{path} has too little in common with the old site's, and is fetched whole"
    file = table.add_hashed("delta", ".delta", made[0], "model")
    return Delta(file=file, of=[_known(base.parts[number]) for number in made[1]])


def _known(part: bytes) -> Known:
    return Known(bytes=len(part), sha256=hashlib.sha256(part).hexdigest())


def _size(table: FileTable, path: str) -> str:
    return f"{table.entries[path].bytes:,}"
