"""`[series]` of `edgeweb.toml`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.table import Count, Table


class SeriesConfig(Table, frozen=True):
    """`[series]`: what rows of measurements a model takes, and what it says of them.

    `predicts`: the rows after the window, the window itself, or a score of it; `targets`: the columns that it predicts.
    """

    input: str | None = None
    output: str | None = None
    columns: list[str] | None = None
    targets: list[str] | None = None
    window: Count | None = None
    predicts: Literal["forecast", "reconstruction", "score"] | None = None
    layout: Literal["time-first", "columns-first"] = "time-first"
    mean: list[float] | None = None
    std: list[Annotated[float, msgspec.Meta(gt=0)]] | None = None
    state: dict[str, str] | None = None
    alarm: Literal["above", "below", "error"] | None = None
    threshold: float | None = None
