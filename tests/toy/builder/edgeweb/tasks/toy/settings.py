"""`[toy]` of `edgeweb.toml`."""

from __future__ import annotations

from edgeweb.schema.table import Table


class ToyConfig(Table, frozen=True):
    """The unit of the numbers."""

    unit: str = "m"
