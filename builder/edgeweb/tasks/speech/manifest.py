"""What `edgeweb.json` says of models that speak."""

from __future__ import annotations

from typing import Annotated

import msgspec

from edgeweb.schema.types import Constant, Strict, TensorType


class SpeechPipeline(Strict, frozen=True):
    """How a text becomes the ids of letters, int64 or int32 [1, ids], and which output is its sound.

    `letters`: their ids; any other is `unknown`. `lower`: in small letters, and without those that are no letters;
    `blank`: stands before, between and behind them. `apart`: tokens that stand alone, without blanks. `latin`: other
    letters have to be written in these first. `mask`: 1 for each id; `constants`: other inputs. `rate`: of `output`.
    """

    input: str
    type: TensorType
    output: str
    rate: Annotated[int, msgspec.Meta(ge=1)]
    letters: dict[str, int]
    unknown: int
    lower: bool = True
    blank: int | None = None
    apart: dict[str, int] = {}
    latin: bool = False
    mask: str | None = None
    constants: list[Constant] = []
    formula: str = ""
    examples: list[str] = []
