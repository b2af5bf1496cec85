"""What `edgeweb.json` says of models that take series of measurements."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.types import Base64, State, Strict


class SeriesPipeline(Strict, frozen=True):
    """How rows of measurements become the model's input, window by window, and its output what was expected of them.

    `preprocess`: an ONNX graph in base64, `rows` float32 [N, window, columns] -> `tensor`. `postprocess`: `raw0` ->
    for a forecast `predicted` [N, horizon, targets], the rows after the window, in the series' own units; for a
    reconstruction also `tensor` -> `predicted` [N, window, targets], the window itself, and `scores` [N], the mean
    squared error of what the model takes; for a score `scores` alone. `targets`: the places of the columns that are
    predicted. `alarm`: when the first target is expected above or below `threshold`, or when the error (or the score)
    is above it. `states`: as for sounds.
    """

    input: str
    output: str
    result: Literal["forecast", "reconstruction", "score"]
    columns: list[str]
    targets: list[Annotated[int, msgspec.Meta(ge=0)]]
    window: Annotated[int, msgspec.Meta(ge=1)]
    horizon: Annotated[int, msgspec.Meta(ge=1)]
    batch: Annotated[int, msgspec.Meta(ge=1)]
    preprocess: Base64
    postprocess: Base64
    formula: str
    alarm: Literal["above", "below", "error"] = "error"
    threshold: float | None = None
    states: list[State] = []
