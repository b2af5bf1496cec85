"""What every table of `edgeweb.toml` has in common."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from edgeweb.hooks_api.dtypes import check_numbers


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What every table of the file has in common: numbers that can be calculated with."""

    def __post_init__(self) -> None:
        for field in msgspec.structs.fields(self):
            found: Any = getattr(self, field.name)
            values = found.values() if isinstance(found, dict) else found if isinstance(found, list) else [found]
            check_numbers(field.encode_name, (value for value in values if isinstance(value, int | float)))


Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 26)]

Sides = Annotated[list[Annotated[int, msgspec.Meta(ge=1, le=8192)]], msgspec.Meta(min_length=2, max_length=2)]
