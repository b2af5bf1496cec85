"""`[detect]` of `edgeweb.toml`: how boxes are read."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.table import Table
from edgeweb.tasks.image.manifest import Joined


class DetectConfig(Table, frozen=True):
    """`[detect]`: how boxes are read. `form`: of the outputs; `threshold` of scores, `overlap` of boxes.

    `points`: the names of a box's points; `skeleton`: pairs of these, by their numbers, that a line joins.
    """

    form: Form | None = None
    threshold: Annotated[float, msgspec.Meta(gt=0, lt=1)] | None = None
    overlap: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    points: list[str] | None = None
    skeleton: list[Joined] | None = None


Form = Literal["rows", "columns", "grid", "pairs", "final", "queries", "strides", "peaks", "keypoints"]
